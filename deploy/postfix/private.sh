#!/bin/sh
# A private Postfix of our own: its own config, queue and data directories, loopback and high ports
# only. The system's Postfix and its files are not touched. Used by the quickstart and by the tests.
#
#   private.sh DIR start   makes DIR and starts the instance
#   private.sh DIR stop    stops it (DIR stays)
#   private.sh DIR log     prints its mail log
#
# Settings come from the environment:
#   PORT_IN       senders submit here; exeat inspects, then (optionally) the signer signs     (10025)
#   PORT_RELEASE  exeat hands released mail and notices in here; the signer only              (10027)
#   PORT_OUT      where everything goes afterwards: the next hop, a sink                      (10026)
#   MILTER        exeat's milter socket, as Postfix writes it      (inet:127.0.0.1:10028)
#   SIGNER        a second milter behind exeat, e.g. OpenDKIM; empty for none
#   EXTRA_MAIN    more lines for main.cf
set -eu

usage() { sed -n '2,18p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
[ $# -eq 2 ] || usage
DIR=$1
: "${PORT_IN:=10025}" "${PORT_RELEASE:=10027}" "${PORT_OUT:=10026}" "${MILTER=inet:127.0.0.1:10028}" "${SIGNER:=}" "${EXTRA_MAIN:=}"
PATH=$PATH:/usr/sbin:/sbin

need() { command -v "$1" >/dev/null 2>&1 || { echo "private.sh: '$1' is missing: install the package $2" >&2; exit 1; }; }

make() {
    mkdir -p "$DIR/etc" "$DIR/queue" "$DIR/data"
    : > "$DIR/aliases"
    owner=postfix; setgid=postdrop
    cat > "$DIR/etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $DIR/queue
data_directory = $DIR/data
mail_owner = $owner
setgid_group = $setgid
daemon_directory = $(/usr/sbin/postconf -dh daemon_directory)
command_directory = $(/usr/sbin/postconf -dh command_directory)
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.school.example
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
relay_domains =
relayhost = [127.0.0.1]:$PORT_OUT
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
alias_database =
maillog_file = $DIR/mail.log
maillog_file_prefixes = $DIR
message_size_limit = 60000000
smtputf8_enable = yes
always_add_missing_headers = no
smtpd_timeout = 60s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
smtp_destination_concurrency_failed_cohort_limit = 0
# exeat stands before the signer; when it does not answer, senders keep their mail and try again.
milter_default_action = tempfail
milter_protocol = 6
milter_connect_macros = j {client_name} {client_addr} {client_port} {daemon_addr} {daemon_port} v
smtpd_milters = $MILTER${SIGNER:+, $SIGNER}
non_smtpd_milters =
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME LD_PRELOAD LD_LIBRARY_PATH FAKEROOTKEY FAKED_MODE
$EXTRA_MAIN
EOF
    cat > "$DIR/etc/master.cf" <<EOF
127.0.0.1:$PORT_IN inet n - n - - smtpd
127.0.0.1:$PORT_RELEASE inet n - n - - smtpd
  -o smtpd_milters=$SIGNER
  -o syslog_name=postfix/release
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
EOF
    if [ "$(id -u)" -eq 0 ]; then chown postfix "$DIR/data"; fi
}

# Postfix's master wants to be root. An ordinary user gets a root of his own: fakeroot pretends it for
# the processes of this instance, and lives as long as the master does.
begin() {
    if [ "$(id -u)" -eq 0 ]; then
        chown postfix "$DIR/data"
        postfix -c "$DIR/etc" start >"$DIR/start.log" 2>&1
        return
    fi
    need fakeroot fakeroot
    fakeroot sh -c "chown postfix '$DIR/data'; exec postfix -c '$DIR/etc' start-fg" >"$DIR/start.log" 2>&1 &
}

# Answers on the first port within ten seconds, or says why not.
wait_until_up() {
    for _ in $(seq 100); do
        if grep -q 'daemon started' "$DIR/mail.log" 2>/dev/null; then return; fi
        if grep -q 'fatal:' "$DIR/mail.log" "$DIR/start.log" 2>/dev/null; then break; fi
        sleep 0.1
    done
    cat "$DIR/start.log" "$DIR/mail.log" >&2 2>/dev/null
    echo "private.sh: Postfix did not start; its words stand above" >&2
    exit 1
}

case $2 in
start)
    need postconf postfix
    make
    begin || true
    wait_until_up
    ;;
stop)
    [ -f "$DIR/queue/pid/master.pid" ] || exit 0
    pid=$(tr -d ' ' < "$DIR/queue/pid/master.pid")
    [ -n "$pid" ] || exit 0
    kill "$pid" 2>/dev/null || exit 0
    # A process that ended and that nobody waited for is as good as gone.
    for _ in $(seq 50); do grep -qs '^State:.[^Z]' "/proc/$pid/status" || exit 0; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
    ;;
log) cat "$DIR/mail.log" ;;
*) usage ;;
esac
