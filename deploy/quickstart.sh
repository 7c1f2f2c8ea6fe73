#!/usr/bin/env bash
# exeat's sample school, on this machine, for real: builds exeat, starts a private Postfix and exeat behind it,
# sends letters of invented staff through both, and prints what came of each.
#
#   deploy/quickstart.sh               everything it started is stopped and removed at the end
#   deploy/quickstart.sh --keep        leaves it running and says how to look at it and how to stop it
#   deploy/quickstart.sh --stop DIR    stops and removes what --keep left running
#
# It listens on the loopback alone, on free high ports, and keeps its files in one folder under /tmp. The
# system's own Postfix, its settings and its queue are not touched. As root, missing packages are installed
# with apt; as an ordinary user it says what is missing. It ends with 0 when every letter met its outcome.
set -euo pipefail

usage() { sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; }
say() { printf '%s\n' "$*"; }
fail() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }

ROOT=$(cd "$(dirname "$0")/.." && pwd)
DIR=
KEEP=
STOP=
while [ $# -gt 0 ]; do
    case $1 in
    --keep) KEEP=1 ;;
    --stop) [ $# -gt 1 ] || fail "--stop needs the folder that --keep named"; STOP=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "what is '$1'?" ;;
    esac
    shift
done

# The processes that work in a folder of this script: by an argument of theirs, and Postfix's by its settings.
processes_of() {
    grep -lszxF -e "--dir=$1" -e "$1/exeat.toml" -e "$1/postfix" -e "$1/postfix/etc" /proc/[0-9]*/cmdline
    grep -lszxF -e "MAIL_CONFIG=$1/postfix/etc" /proc/[0-9]*/environ
}

end_processes() {
    local round signal=TERM entry
    for round in $(seq 100); do
        [ "$round" -lt 50 ] || signal=KILL
        processes_of "$1" >"$1/ending" || [ -s "$1/ending" ] || return 0
        while IFS=/ read -r _ _ entry _; do kill -"$signal" "$entry" 2>/dev/null || true; done <"$1/ending"
        sleep 0.1
    done
}

stop_all() {
    end_processes "$1"
    "$ROOT/deploy/postfix/private.sh" "$1/postfix" stop || true
    rm -rf "$1"
}

if [ -n "$STOP" ]; then
    case $STOP in */exeat-quickstart.*) ;; *) fail "$STOP is no folder that --keep made" ;; esac
    [ -f "$STOP/exeat.toml" ] || fail "$STOP is not there, or is no folder of --keep"
    stop_all "$STOP"
    say "Stopped, and $STOP removed."
    exit 0
fi

# What is needed. As root, apt installs it; otherwise all that is missing is said at once.
PATH=$PATH:/usr/sbin:/sbin
[ -d "${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin" ] && PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
there() { command -v "$1" >/dev/null 2>&1; }
packages=()
there cc || packages+=(build-essential)
there postfix || packages+=(postfix)
[ "$(id -u)" -eq 0 ] || there fakeroot || packages+=(fakeroot)

if [ "${#packages[@]}" -gt 0 ] && [ "$(id -u)" -eq 0 ] && there apt-get; then
    say "Installing ${packages[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    # The system's Postfix is installed without settings, so that nothing of it starts.
    if there debconf-set-selections; then
        echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections || true
    fi
    install() { apt-get install -y --no-install-recommends "${packages[@]}" >"$1" 2>&1; }
    log=$(mktemp)
    install "$log" || { apt-get update >"$log" 2>&1 && install "$log"; } || {
        tail -n 20 "$log" >&2
        fail "apt could not install ${packages[*]}: its words stand above"
    }
    rm -f "$log"
    packages=()
fi
missing=0
for package in "${packages[@]}"; do
    case $package in
    build-essential) why="a C compiler (cc), for SQLite and the cryptography" ;;
    postfix) why="Postfix, the relay that exeat stands behind" ;;
    fakeroot) why="fakeroot, with which an ordinary user runs a Postfix of his own" ;;
    esac
    say "Missing: $why. An administrator installs it with: apt-get install $package" >&2
    missing=1
done
if ! there cargo; then
    say "Missing: Rust (cargo). Install it from https://rustup.rs, open a new shell, and run this again." >&2
    missing=1
fi
[ "$missing" -eq 0 ] || exit 1
cd "$ROOT"
[ -w . ] || [ -n "${CARGO_TARGET_DIR:-}" ] ||
    fail "$ROOT cannot be written by $(id -un): clone the repository as this user, or set CARGO_TARGET_DIR"

say "Building exeat (the first time takes some minutes) ..."
cargo build --locked --bin exeat --example quickstart || fail "exeat could not be built: cargo's words stand above"

DIR=$(mktemp -d "${TMPDIR:-/tmp}/exeat-quickstart.XXXXXX")
chmod 755 "$DIR"
trap 'stop_all "$DIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -z "$KEEP" ]; then
    # In the background, so that a signal to this script is answered at once.
    cargo run --quiet --locked --example quickstart -- --dir="$DIR" &
    code=0
    wait $! || code=$?
    exit "$code"
fi

# It stays behind this script, in a session of its own, with what it started.
setsid -f cargo run --quiet --locked --example quickstart -- --dir="$DIR" --keep </dev/null
for _ in $(seq 1800); do
    [ ! -f "$DIR/kept" ] || break
    [ ! -f "$DIR/ended" ] || exit "$(cat "$DIR/ended")"
    sleep 0.1
done
[ -f "$DIR/kept" ] || fail "it did not start within three minutes"
trap - EXIT
say
say "It is running. Stop it, and remove its files, with:"
say
say "    $ROOT/deploy/quickstart.sh --stop $DIR"
