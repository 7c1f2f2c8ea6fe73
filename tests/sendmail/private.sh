#!/bin/sh
# A private Sendmail out of an unpacked package (unpack.sh): its own configuration and queue, loopback and high
# ports only. The system's mail is not touched.
#
#   private.sh ROOT DIR start   ROOT holds the unpacked Sendmail; makes DIR and starts it
#   private.sh ROOT DIR stop    stops it (DIR stays)
#
# Settings come from the environment:
#   PORT_OUT   where everything goes afterwards: the next hop, a sink
#   MC_LINES      the lines of sendmail.mc that are to be tried: filters and ports
set -eu
[ $# -eq 3 ] || { sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
ROOT=$1 DIR=$2
libraries=$ROOT/usr/lib/x86_64-linux-gnu
for found in "$ROOT"/usr/lib/*-linux-gnu*; do libraries=$found; done
LD_LIBRARY_PATH=$libraries:$ROOT/lib/${libraries##*/}
export LD_LIBRARY_PATH

make() {
    mkdir -p "$DIR/queue" "$DIR/mail"
    chmod 700 "$DIR/queue"
    printf 'hosts files\naliases files\npasswd files\n' > "$DIR/service.switch"
    : > "$DIR/mail/local-host-names"
    cat > "$DIR/sendmail.mc" <<MC
divert(0)dnl
VERSIONID(\`private')dnl
OSTYPE(\`linux')dnl
define(\`MAIL_SETTINGS_DIR', \`$DIR/mail/')dnl
define(\`confDOMAIN_NAME', \`relay.school.example')dnl
define(\`confPID_FILE', \`$DIR/pid')dnl
define(\`QUEUE_DIR', \`$DIR/queue')dnl
define(\`STATUS_FILE', \`')dnl
define(\`ALIAS_FILE', \`')dnl
define(\`HELP_FILE', \`')dnl
define(\`confSERVICE_SWITCH_FILE', \`$DIR/service.switch')dnl
define(\`confDONT_PROBE_INTERFACES', \`True')dnl
define(\`confDONT_BLAME_SENDMAIL', \`GroupWritableDirPathSafe,TrustStickyBit')dnl
define(\`confTO_IDENT', \`0')dnl
define(\`confDELIVERY_MODE', \`interactive')dnl
define(\`confLOG_LEVEL', \`14')dnl
define(\`confREFUSE_LA', \`200')dnl
define(\`confQUEUE_LA', \`200')dnl
define(\`confMAX_MESSAGE_SIZE', \`60000000')dnl
define(\`SMART_HOST', \`relay:[127.0.0.1]')dnl
define(\`RELAY_MAILER_ARGS', \`TCP \$h $PORT_OUT')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`accept_unqualified_senders')dnl
FEATURE(\`promiscuous_relay')dnl
FEATURE(\`no_default_msa')dnl
$MC_LINES
MAILER(\`smtp')dnl
MC
    # The macros are not below /usr/share here.
    "$ROOT/usr/bin/m4" -D_CF_DIR_="$ROOT/usr/share/sendmail/cf/" "$ROOT/usr/share/sendmail/cf/m4/cf.m4" "$DIR/sendmail.mc" \
        > "$DIR/sendmail.cf" 2> "$DIR/m4.log" || { cat "$DIR/m4.log" >&2; exit 1; }
    chmod 644 "$DIR/sendmail.cf"
}

# Sendmail waits a minute where the machine's name has no dot: it gets a whole name of its own.
begin() {
    set -- "$ROOT/usr/libexec/sendmail/sendmail" -C "$DIR/sendmail.cf" -bd -q2s -X "$DIR/traffic"
    case $(uname -n) in *.*) "$@"; return ;; esac
    for way in "unshare --uts" "unshare --map-root-user --uts"; do
        $way true 2>/dev/null || continue
        # shellcheck disable=SC2016
        $way sh -c 'hostname relay.school.example && exec "$@"' sh "$@"
        return
    done
    "$@"
}

case $3 in
start)
    make
    begin > "$DIR/start.log" 2>&1 || { cat "$DIR/start.log" >&2; exit 1; }
    ;;
stop)
    [ -f "$DIR/pid" ] || exit 0
    pid=$(head -n 1 "$DIR/pid")
    kill "$pid" 2>/dev/null || exit 0
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
    ;;
*) exit 2 ;;
esac
