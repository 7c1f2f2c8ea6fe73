#!/usr/bin/env bash
# Runs a command beside a journal of its own: a real systemd-journald in a mount namespace, into which the lines of a
# log of exeat were put as systemd puts them, each with its priority. Needs root; 77 says that it cannot be had here.
#
#   tests/watched/journal.sh LOG COMMAND...
set -euo pipefail
JOURNALD=/lib/systemd/systemd-journald
if [ "${INSIDE_A_NAMESPACE:-}" != yes ]; then
    [ "$(id -u)" -eq 0 ] && [ -x "$JOURNALD" ] && [ -s /etc/machine-id ] && unshare --mount true 2>/dev/null || exit 77
    mkdir -p /run/systemd /run/log
    INSIDE_A_NAMESPACE=yes exec unshare --mount "$0" "$@"
fi
LOG=$1
shift
mount -t tmpfs none /run/systemd || exit 77
mount -t tmpfs none /run/log || exit 77
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
# Nothing of this machine's own journal, kernel or audit takes part.
printf '[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=no\nRateLimitBurst=0\n' >/run/systemd/journald.conf.d/own.conf
"$JOURNALD" 2>/dev/null &
JOURNAL=$!
trap 'kill $JOURNAL' EXIT
for _ in $(seq 100); do
    [ ! -S /run/systemd/journal/stdout ] || break
    sleep 0.1
done
[ -S /run/systemd/journal/stdout ] || exit 77
jq -r '{"ERROR": "<3>", "WARN": "<4>", "INFO": "<6>"}[.level] + tojson' "$LOG" | systemd-cat -t exeat
# The journal takes lines after the program that wrote them is gone: the last one says that all are there.
echo '<6>{"level":"DEBUG","message":"end of the log"}' | systemd-cat -t exeat-end
for _ in $(seq 100); do
    ! journalctl -q -t exeat-end -o cat --no-pager | grep -q . || break
    sleep 0.1
done
"$@"
