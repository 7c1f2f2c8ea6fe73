#!/bin/bash
# What inside.sh and machine-inside.sh share: how a step is told, the sample school, letters and where they arrive.
# Both read it in; it does nothing by itself. Example:
#   . ./school.sh
case ${1:-} in -h | --help) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac

fail() {
    echo "FAILED: $*"
    echo "-- the last command:"; cat /tmp/said
    echo "-- exeat:"; tail -n 20 /tmp/exeat.log 2> /dev/null
    echo "-- Postfix:"; tail -n 20 /var/log/mail.log 2> /dev/null
    exit 1
}
# step WORDS COMMAND...: the command must work.   refused WORDS COMMAND...: it must not.
step() { local words=$1; shift; "$@" > /tmp/said 2>&1 || fail "$words"; echo "ok  $words"; }
refused() { local words=$1; shift; if "$@" > /tmp/said 2>&1; then fail "$words"; fi; echo "ok  $words"; }
says() { grep -q -e "$1" /tmp/said || fail "it should say: $1"; }
within() { local seconds=$1; shift; for _ in $(seq $((seconds * 5))); do if "$@" > /tmp/said 2>&1; then return 0; fi; sleep 0.2; done; return 1; }
is() { [ "$1" = "$2" ] || { echo "$1 instead of $2"; return 1; }; }
mode() { is "$(stat -c '%a %U:%G' "$1")" "$2"; }

whole() { is "$(dpkg-query --show --showformat '${Status}' exeat)" "install ok installed"; }

# ---- the sample school, in the settings that the package brings

set_up() {
    sed -i -e 's/hillside\.example/school.example/g' -e 's/^mode = .*/mode = "enforce"/' \
        -e 's/^enforce = \[\]/enforce = "all"/' -e 's/^pack = .*/pack = "arts-college"/' \
        -e 's/^unknown_source = .*/unknown_source = "judge_as_staff"/' -e 's/^\[courier\]/&\nsettle = "1s"/' \
        -e '/^bank_holidays/,/^inset_days/d' /etc/exeat/exeat.toml
    sed -n '/^bank_holidays/,/^hours/p' /usr/share/exeat/sample/exeat.toml > /tmp/hours
    sed -i '/^\[calendar\]/r /tmp/hours' /etc/exeat/exeat.toml
    install -m 640 -g exeat /usr/share/exeat/sample/roster.csv /usr/share/exeat/sample/staff.csv /etc/exeat/ &&
        exeat key create /etc/exeat/store.key && runuser -u exeat -- exeat config check
}

# ---- exeat, seen from outside

page() { exec 3<> /dev/tcp/127.0.0.1/9464 && printf 'GET %s HTTP/1.1\r\nHost: exeat\r\nConnection: close\r\n\r\n' "$1" >&3 && cat <&3; }
ready() { (page /readyz) 2> /dev/null | grep -q '^HTTP/1.1 200'; }
counted() { (page /metrics) | grep -q '^exeat_messages_total{.*verdict="relay.*} [1-9]'; }
# It ends with 1 where something waits, so what it says is looked at, not how it ends.
held() { [[ $(exeat held count) == "1 held"* ]]; }
only_held() { [ "$(exeat held count)" = "1 held" ]; }
nothing_waits() { exeat held count; }

# ---- Postfix, and where everything arrives

postfix_settings() {
    postconf -e 'relayhost = [127.0.0.1]:2525' 'maillog_file = /var/log/mail.log' 'inet_interfaces = loopback-only' \
        'inet_protocols = ipv4' 'minimal_backoff_time = 2s' 'maximal_backoff_time = 4s' 'queue_run_delay = 2s'
}
sink() {
    mkdir /tmp/sink && chown nobody /tmp/sink
    (cd /tmp/sink && exec smtp-sink -u nobody -d 'mail.%M%S.' 127.0.0.1:2525 100) > /dev/null 2>&1 &
}
letter() { printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: <%s@school.example>\n\n%s\n' "$1" "$2" "$3" "$RANDOM$RANDOM" "$4" > /tmp/letter
    smtp-source -f "$1" -t "$2" -F /tmp/letter 127.0.0.1:25; }
arrived() { grep -rq -e "$1" /tmp/sink; }
