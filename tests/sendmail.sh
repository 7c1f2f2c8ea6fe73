#!/usr/bin/env bash
# exeat behind a real Sendmail: fetches Sendmail from Debian's archive, unpacks it into target/clients (nothing is
# installed, the system's Postfix stays), and runs the tests that need it. So with mtasim, another milter client.
#
#   tests/sendmail.sh
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in -h | --help) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
folder=$PWD/target/clients
tests/sendmail/unpack.sh "$folder" sendmail
tests/sendmail/unpack.sh "$folder" mtasim || echo "tests/sendmail.sh: without mtasim" >&2
EXEAT_SENDMAIL=$folder EXEAT_MTASIM=$folder cargo test --locked --test sendmail --test mtasim --test guides "$@"
