#!/bin/bash
# Lets mail leave UNCHECKED for some minutes: a person's act for the day when exeat is down and mail must go out.
# exeat is taken out of Postfix's lists of milters; the signer stays. It ends by itself, byte for byte, even when
# this shell dies or the machine starts again. Nothing calls this but you.
#
#   bypass.sh --reason TEXT --minutes N    begins; as root, 60 minutes at most
#   bypass.sh --end                        ends at once
#   bypass.sh --status                     says how it stands: 0 mail is checked, 1 a bypass is in force, 3 one is
#                                          overdue
#   --milter SOCKET      exeat as Postfix writes it; without it, read from exeat's settings
#   --postfix FOLDER     another Postfix than the system's
#   --config FILE        exeat's settings, where they are not /etc/exeat/exeat.toml
#   --state FOLDER       where the record is, when it is not /var/lib/exeat-bypass (state_dir with -bypass behind)
#
# Examples:
#   bypass.sh --reason 'exeat does not start since the update; exam entries are due at noon' --minutes 30
#   bypass.sh --status
#   bypass.sh --end
#
# Who, when, why and until when stands in FOLDER/record; `exeat doctor`, `exeat held list`, exeat's /readyz page and
# the metric exeat_bypass_until_seconds show it. Ends with 2 when it was asked wrongly, 4 when it failed.
set -Eeuo pipefail
umask 077
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n '2,23p' "$0" | sed 's/^# \{0,1\}//'; }
say() { echo "bypass.sh: $*"; }
refuse() { say "$*" >&2; exit 4; }
wrongly() { say "$* (--help)" >&2; exit 2; }
utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

DO='' REASON='' MINUTES='' MILTER='' FOLDER='' STATE='' CONFIG=${EXEAT_CONFIG:-/etc/exeat/exeat.toml}
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    # The last two are what the timer and the waiting process call.
    --end | --status | --end-if-due | --wait-and-end) [ -z "$DO" ] || wrongly "one thing at a time"; DO=${1#--} ;;
    --reason | --minutes | --milter | --postfix | --config | --state)
        [ $# -gt 1 ] || wrongly "$1 needs a word behind it"
        case $1 in
        --reason) REASON=$2 ;; --minutes) MINUTES=$2 ;; --milter) MILTER=$2 ;;
        --postfix) FOLDER=$2 ;; --config) CONFIG=$2 ;; --state) STATE=$2 ;;
        esac
        shift
        ;;
    *) wrongly "what is $1?" ;;
    esac
    shift
done
[ -n "$DO" ] || DO=begin

# ---- exeat's settings

# The values of a key in a table of the settings; "" is the part before the first table.
setting() {
    [ -r "$CONFIG" ] || return 0
    awk -v table="$1" -v key="$2" '
        BEGIN { here = (table == "") }
        /^[[:space:]]*\[/ { gsub(/[][[:space:]]|#.*/, ""); here = ($0 == table); next }
        here && $0 ~ "^[[:space:]]*" key "[[:space:]]*=" {
            sub(/^[^=]*=[[:space:]]*/, ""); quote = substr($0, 1, 1); rest = substr($0, 2)
            if (quote == "\"" || quote == "\047") print substr(rest, 1, index(rest, quote) - 1)
        }' "$CONFIG"
}

if [ -z "$STATE" ]; then
    STATE=$(setting '' state_dir | head -n 1)
    STATE=${STATE:-/var/lib/exeat}-bypass
fi
RECORD=$STATE/record NOW=$STATE/now

# ---- how it stands

until_when() { cat "$NOW/until" 2> /dev/null || echo 0; }
status() {
    local until
    [ -d "$NOW" ] || { say "none: mail is checked."; return 0; }
    until=$(until_when)
    if [ "$until" -le "$(date +%s)" ]; then
        say "OVERDUE: it was to end at $(utc "$until"), and mail leaves UNCHECKED. As root: bypass.sh --end"
        return 3
    fi
    say "IN FORCE until $(utc "$until"): mail leaves UNCHECKED."
    return 1
}
if [ "$DO" = status ]; then status; exit; fi

[ "$(id -u)" -eq 0 ] || refuse "this is for root"
command -v postconf > /dev/null || refuse "there is no Postfix here (postconf); for Sendmail see the page" \
    "\"When exeat is down\""
# The system's Postfix is the one that is found without any hint.
SYSTEM=$(env -u MAIL_CONFIG postconf -h config_directory)
[ -n "$FOLDER" ] || FOLDER=${MAIL_CONFIG:-$SYSTEM}

open_state() {
    local group=root
    ! getent group exeat > /dev/null || group=exeat
    # exeat reads the record; nobody but root writes here.
    install -d -m 0750 -o root -g "$group" "$STATE"
    [ -e "$RECORD" ] || install -m 0640 -o root -g "$group" /dev/null "$RECORD"
    exec 9> "$STATE/lock"
    flock -w 60 9 || refuse "another bypass.sh is at work"
}

# TIME begun|ended UNTIL WHO REASON, with tabs between; on disk before anything happens.
record() {
    local who=$3 reason=$4
    reason=$(tr -d '\000-\037\177' <<< "$reason" | head -c 500)
    printf '%s\t%s\t%s\t%s\t%s\n' "$(utc "$(date +%s)")" "$1" "$(utc "$2")" "${who//[$'\t\n']/ }" "$reason" >> "$RECORD"
    sync "$RECORD"
    ! command -v logger > /dev/null || [ "$FOLDER" != "$SYSTEM" ] ||
        logger -t exeat-bypass -p mail.warning "$1 by $who until $(utc "$2"): $reason" || true
}

# ---- lists of milters

# exeat in all the ways in which Postfix may write its sockets.
ways_to_write() {
    local socket queue
    queue=$(postconf -c "$FOLDER" -xh queue_directory)
    if [ -n "$MILTER" ]; then echo "$MILTER"; return; fi
    # Where exeat-install-postfix had Postfix ask, when the settings have changed since.
    cat "$FOLDER/exeat/milter" 2> /dev/null || true
    setting milter.listen socket | while read -r socket; do
        echo "$socket"
        case $socket in
        unix:"$queue"/*) echo "unix:${socket#unix:"$queue"/}"; echo "unix:${socket#unix:"$queue"}" ;;
        inet:127.0.0.1:*) echo "inet:localhost:${socket##*:}"; echo "inet:${socket##*:}@127.0.0.1" ;;
        esac
    done
}

# A list without exeat. "{ socket, name=value }" is one milter.
others() {
    awk -v list="$1" -v ours="$OURS" '
        function put(word, socket) {
            socket = word; sub(/^\{[ \t\n]*/, "", socket); sub(/[, \t\n}].*/, "", socket)
            if (word != "" && !(socket in out)) { printf "%s%s", between, word; between = ", " }
        }
        BEGIN {
            count = split(ours, names, "\n"); for (n = 1; n <= count; n++) out[names[n]]
            for (place = 1; place <= length(list); place++) {
                letter = substr(list, place, 1)
                depth += (letter == "{") - (letter == "}")
                if (depth == 0 && letter ~ /[, \t\n]/) { put(word); word = "" } else word = word letter
            }
            put(word)
        }'
}
# A list as master.cf takes it: without blanks.
without_blanks() { OURS='' others "$1" | tr -d ' \t\n'; }
asks() { [ "$(others "$1")" != "$(OURS='' others "$1")" ]; }

# The list to take exeat out of: as it is written, or as Postfix reads it where it is written with other names.
list_with_exeat() {
    if asks "$1"; then echo "$1"; elif asks "$2"; then echo "$2"; else return 1; fi
}

# Takes exeat out of the settings in a folder, and writes down what stood there: PLACE, tab, VALUE.
take_out() {
    local folder=$1 name place value list
    # What is written as $smtpd_milters follows that one, which is first.
    for name in smtpd_milters non_smtpd_milters; do
        value=$(postconf -c "$folder" -h "$name" 2> /dev/null)
        list=$(list_with_exeat "$value" "$(postconf -c "$folder" -xh "$name" 2> /dev/null)") || continue
        printf '%s\t%s\n' "$name" "$value"
        postconf -c "$folder" -e "$name = $(others "$list")" 2> /dev/null
    done
    for place in $(postconf -c "$folder" -M 2> /dev/null | awk '$8 == "smtpd" { print $1 "/" $2 "/smtpd_milters" }'); do
        [ -n "$(postconf -c "$folder" -P "$place" 2> /dev/null)" ] || continue
        value=$(postconf -c "$folder" -Ph "$place" 2> /dev/null)
        list=$(list_with_exeat "$value" "$(postconf -c "$folder" -xPh "$place" 2> /dev/null)") || continue
        printf '%s\t%s\n' "$place" "$value"
        postconf -c "$folder" -P "$place=$(without_blanks "$(others "$list")")" 2> /dev/null
    done
}

# ---- files of Postfix

copy_of() { install -d -m 700 "$2"; cp --preserve=all "$1/main.cf" "$1/master.cf" "$2/"; }
# The file is replaced in one step; owner, mode and times are those of the copy.
put() {
    cp --preserve=all "$1/$2" "$FOLDER/$2.bypass-new"
    sync "$FOLDER/$2.bypass-new"
    mv "$FOLDER/$2.bypass-new" "$FOLDER/$2"
}
reload() { ! postfix -c "$FOLDER" status > /dev/null 2>&1 || postfix -c "$FOLDER" reload > /dev/null 2>&1; }

# Puts back what was there: byte for byte where nobody changed the file since, else the values alone.
put_back() {
    local file place value
    for file in main.cf master.cf; do
        cmp -s "$NOW/before/$file" "$FOLDER/$file" && continue
        if cmp -s "$NOW/after/$file" "$FOLDER/$file"; then put "$NOW/before" "$file"; continue; fi
        say "$FOLDER/$file was changed meanwhile: only exeat is put back into it."
        while IFS=$'\t' read -r place value; do
            case $file:$place in
            master.cf:*/*) postconf -c "$FOLDER" -P "$place=$(without_blanks "$value")" ;;
            main.cf:*/*) ;;
            main.cf:*) postconf -c "$FOLDER" -e "$place = $value" ;;
            esac
        done < "$NOW/values"
    done
}

# ---- that it ends by itself

UNITS=/etc/systemd/system CRON=/etc/cron.d/exeat-bypass
# A trial with a Postfix of one's own writes its units elsewhere.
if [ "$FOLDER" != "$SYSTEM" ]; then UNITS=${EXEAT_UNITS:-/nonexistent}; fi
has_systemd() { if [ "$FOLDER" = "$SYSTEM" ]; then [ -d /run/systemd/system ]; else [ -d "$UNITS" ]; fi; }
has_cron() { [ -d /etc/cron.d ] && [ "$FOLDER" = "$SYSTEM" ]; }

units() {
    local until=$1
    cat > "$UNITS/exeat-bypass-end.service" << END
[Unit]
Description=Ends the bypass of exeat when its time is over
After=local-fs.target
Before=postfix.service postfix@-.service

[Service]
Type=oneshot
ExecStart=/bin/bash "$STATE/bypass.sh" --end-if-due --state "$STATE" --postfix "$FOLDER"
Restart=on-failure
RestartSec=10s

[Install]
WantedBy=multi-user.target
END
    cat > "$UNITS/exeat-bypass-end.timer" << END
[Unit]
Description=When the bypass of exeat ends

[Timer]
OnCalendar=$(date -u -d "@$until" '+%Y-%m-%d %H:%M:%S UTC')
AccuracySec=1s
Persistent=yes

[Install]
WantedBy=timers.target
END
    chmod 0644 "$UNITS"/exeat-bypass-end.*
}

arm() {
    local until=$1
    # The copy is there whatever becomes of this file meanwhile.
    install -m 0700 "$0" "$STATE/bypass.sh"
    if has_systemd; then
        units "$until"
        systemctl daemon-reload
        systemctl enable --quiet exeat-bypass-end.service
        systemctl enable --quiet --now exeat-bypass-end.timer
        say "it ends at $(utc "$until") by a timer of systemd (exeat-bypass-end.timer), after a restart of the machine too."
        return
    fi
    # A session of its own: what ends this shell does not end it. It must not hold our lock.
    setsid /bin/bash "$STATE/bypass.sh" --wait-and-end --state "$STATE" --postfix "$FOLDER" \
        < /dev/null > "$STATE/waiting.log" 2>&1 9>&- &
    disown
    if has_cron; then
        echo "* * * * * root /bin/bash '$STATE/bypass.sh' --end-if-due --state '$STATE' --postfix '$FOLDER'" > "$CRON"
        chmod 0644 "$CRON"
        say "it ends at $(utc "$until") by a waiting process, and after a restart of the machine by cron ($CRON)."
    else
        say "it ends at $(utc "$until") by a waiting process. Neither systemd nor cron ends it after a" \
            "restart of the machine: call bypass.sh --end then; exeat, where it runs, shows that it is overdue."
    fi
}

disarm() {
    rm -f "$CRON"
    [ -e "$UNITS/exeat-bypass-end.timer" ] || return 0
    # The service may be what runs this: it is taken out of the start, not stopped.
    systemctl disable --quiet --now exeat-bypass-end.timer || true
    systemctl disable --quiet exeat-bypass-end.service || true
    rm -f "$UNITS/exeat-bypass-end.timer" "$UNITS/exeat-bypass-end.service"
    systemctl daemon-reload || true
}

# ---- the two things it does

finish() {
    local who=$1 how=$2 until
    until=$(until_when)
    put_back
    reload || refuse "main.cf and master.cf are put back, but Postfix does not read them: postfix reload"
    record ended "$until" "$who" "$how"
    rm -rf "$NOW"
    disarm
    say "ended: mail is checked again."
}

begin() {
    local until seconds who=${SUDO_USER:-$(id -un)}
    [ "$(wc -c <<< "$REASON")" -gt 10 ] || wrongly "--reason says why, in a few words; it is recorded"
    [[ $MINUTES =~ ^[0-9]{1,2}$ ]] && [ "$((10#$MINUTES))" -ge 1 ] && [ "$((10#$MINUTES))" -le 60 ] ||
        wrongly "--minutes is 1 to 60"
    [ ! -d "$NOW" ] || { status || true; refuse "first: bypass.sh --end"; }
    OURS=$(ways_to_write)
    [ -n "$OURS" ] || refuse "$CONFIG names no socket of exeat; --milter SOCKET says how Postfix writes it"
    seconds=$((10#$MINUTES * 60))
    # For trials with a Postfix of one's own alone, and only ever shorter.
    if [ "$FOLDER" != "$SYSTEM" ] && [[ ${EXEAT_BYPASS_SECONDS:-} =~ ^[0-9]{1,4}$ ]] &&
        [ "$EXEAT_BYPASS_SECONDS" -lt "$seconds" ]; then seconds=$EXEAT_BYPASS_SECONDS; fi
    until=$(($(date +%s) + seconds))
    rm -rf "$STATE/next"
    copy_of "$FOLDER" "$STATE/next/before"
    copy_of "$FOLDER" "$STATE/next/after"
    take_out "$STATE/next/after" > "$STATE/next/values"
    [ -s "$STATE/next/values" ] || { rm -rf "$STATE/next"; refuse "Postfix asks exeat nowhere: there is nothing to bypass"; }
    echo "$until" > "$STATE/next/until"
    sync
    mv "$STATE/next" "$NOW"
    record begun "$until" "$who" "$REASON"
    # From here on whatever goes wrong, and whoever is killed, ends it.
    trap 'finish "$who" "it could not be begun" || true' ERR
    arm "$until"
    put "$NOW/after" main.cf
    put "$NOW/after" master.cf
    reload
    trap - ERR
    say "begun by $who: mail leaves UNCHECKED until $(utc "$until")."
    say "Mail that senders' systems keep meanwhile comes within minutes; \`postqueue -f\` hurries what is in the queue."
}

due() { [ -d "$NOW" ] && [ "$(until_when)" -le "$(date +%s)" ]; }

if [ "$DO" = wait-and-end ]; then
    # A bypass that was ended and begun again has another time: this one goes with its own.
    mine=$(until_when)
    while [ -d "$NOW" ] && [ "$(until_when)" = "$mine" ]; do
        if [ "$mine" -gt "$(date +%s)" ]; then sleep "$((mine - $(date +%s) > 5 ? 5 : 1))"; continue; fi
        /bin/bash "$0" --end-if-due --state "$STATE" --postfix "$FOLDER" && break
        sleep 10
    done
    exit 0
fi
if [ "$DO" = begin ] && { [ -z "$REASON" ] || [ -z "$MINUTES" ]; }; then
    usage >&2
    exit 2
fi
[ -n "$FOLDER" ] && [ -f "$FOLDER/main.cf" ] || refuse "$FOLDER has no main.cf"
open_state
case $DO in
begin)
    ! due || finish "bypass.sh" "its time was over long since"
    begin
    ;;
end) if [ -d "$NOW" ]; then finish "${SUDO_USER:-$(id -un)}" "by hand"; else say "none: mail is checked."; fi ;;
end-if-due) ! due || finish "bypass.sh" "its time was over" ;;
esac
