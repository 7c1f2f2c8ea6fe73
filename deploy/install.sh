#!/bin/bash
# Connects this machine's Postfix with exeat, and takes it out again. Shows every change first, and asks.
#
#   exeat-install-postfix                    exeat first in smtpd_milters, and the service for released mail
#   exeat-install-postfix --remove           everything as it was, byte for byte; where main.cf or master.cf was
#                                            changed by hand since, only exeat's own words are taken out
#   --dry-run            shows the changes and ends
#   --yes                does not ask
#   --service NAME       asks exeat in this service of master.cf only (again for more), not in every smtpd:
#                        where port 25 takes mail from outside, --service submission --service submissions
#   --local-mail         mail that programs of this machine hand in (sendmail) is shown to exeat too
#   --postfix FOLDER     another Postfix than the one in /etc/postfix
#   --config FILE        exeat's settings, where they are not /etc/exeat/exeat.toml
#   --anyway             wires though exeat does not answer; removes though mail waits
#
# Examples:
#   exeat-install-postfix --dry-run
#   exeat-install-postfix --service submission --service submissions
#   exeat-install-postfix --remove --yes
#
# Where exeat listens and where it hands in released mail is read from its settings. `postfix check` looks at the
# changes before anything is in force; where Postfix does not take them, the files are put back. The files as they
# were lie in FOLDER/exeat. Ends with 0 when all is done, 1 when it refused or failed, 2 when it was asked wrongly.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n '2,25p' "$0" | sed 's/^# \{0,1\}//'; }
say() { echo "exeat-install-postfix: $*"; }
refuse() { say "$*" >&2; exit 1; }

REMOVE='' DRY='' YES='' LOCAL='' ANYWAY='' FOLDER='' CONFIG=${EXEAT_CONFIG:-/etc/exeat/exeat.toml} SERVICES=()
[ "${EXEAT_REMOVE:-}" != anyway ] || ANYWAY=yes
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --remove) REMOVE=yes ;;
    --dry-run) DRY=yes ;;
    --yes) YES=yes ;;
    --local-mail) LOCAL=yes ;;
    --anyway) ANYWAY=yes ;;
    --service | --postfix | --config)
        [ $# -gt 1 ] || { usage >&2; exit 2; }
        case $1 in --service) SERVICES+=("$2/inet") ;; --postfix) FOLDER=$2 ;; --config) CONFIG=$2 ;; esac
        shift
        ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

command -v postconf > /dev/null || refuse "there is no Postfix here (postconf): apt install postfix"
[ -n "$FOLDER" ] || FOLDER=$(postconf -h config_directory)
FOLDER=$(cd "$FOLDER" && pwd) || exit 1
RECORD=$FOLDER/exeat
[ -n "$DRY" ] || [ -w "$FOLDER/main.cf" ] || refuse "$FOLDER/main.cf cannot be written: run this as root"
QUEUE=$(postconf -c "$FOLDER" -xh queue_directory)
UNITS=${EXEAT_UNITS:-/etc/systemd/system}

# A bypass has taken exeat out, and puts it back at its end: what is done meanwhile would be undone.
if [ -z "$DRY" ] && [ -d "${EXEAT_BYPASS:-/var/lib/exeat-bypass}/now" ]; then
    refuse "a bypass is in force; end it first: exeat-bypass --end"
fi

# ---- exeat's settings

# A value of a table: setting TABLE KEY
setting() {
    awk -v table="$1" -v key="$2" '
        /^[[:space:]]*\[/ { gsub(/[][[:space:]]|#.*/, ""); here = ($0 == table); next }
        here && $0 ~ "^[[:space:]]*" key "[[:space:]]*=" {
            sub(/^[^=]*=[[:space:]]*/, ""); quote = substr($0, 1, 1)
            if (quote == "\"" || quote == "\047") { rest = substr($0, 2); print substr(rest, 1, index(rest, quote) - 1) }
            else { sub(/[[:space:]]*#.*/, ""); print }
            exit
        }' "$CONFIG"
}

read_settings() {
    [ -r "$CONFIG" ] || refuse "exeat's settings $CONFIG cannot be read; --config names others"
    SOCKET=$(setting milter.listen socket)
    [ -n "$SOCKET" ] || refuse "$CONFIG has no [[milter.listen]] with a socket"
    RELEASE=$(setting courier release)
    RELEASE=${RELEASE:-inet:127.0.0.1:10027}
    [ "$(setting courier one_port)" != true ] || RELEASE=''
    # A path inside the queue directory is written as seen from there: an smtpd in a chroot finds it, and one
    # outside too, because it works there.
    case $SOCKET in
    unix:"$QUEUE"/*) MILTER=unix:${SOCKET#unix:"$QUEUE"/} ;;
    unix:*)
        if postconf -c "$FOLDER" -M | awk '$8 == "smtpd" && ($5 == "y" || $5 == "-") { found = 1 } END { exit !found }'; then
            refuse "smtpd runs in a chroot and cannot reach $SOCKET: take inet:127.0.0.1:8894, or" \
                "unix:$QUEUE/exeat/milter.sock, for [[milter.listen]] in $CONFIG"
        fi
        MILTER=$SOCKET
        ;;
    inet:*) MILTER=$SOCKET ;;
    *) refuse "$CONFIG: [[milter.listen]] socket = \"$SOCKET\" is none that Postfix can ask" ;;
    esac
}

exeat_answers() {
    local address=${SOCKET#inet:}
    case $SOCKET in
    unix:*) [ -S "${SOCKET#unix:}" ] ;;
    *) (exec 3<> "/dev/tcp/$(tr -d '[]' <<< "${address%:*}")/${address##*:}") 2> /dev/null ;;
    esac
}

# ---- lists of milters

# The milters of a list, one a line: "{ socket, name=value }" is one.
milters() {
    awk -v list="$1" 'BEGIN {
        for (place = 1; place <= length(list); place++) {
            letter = substr(list, place, 1)
            depth += (letter == "{") - (letter == "}")
            if (depth == 0 && letter ~ /[, \t\n]/) { if (word != "") print word; word = "" } else word = word letter
        }
        if (word != "") print word
    }'
}

# The milters of a list that are exeat, however they are written (is=1), or the others (is=0).
sift() {
    milters "$1" | awk -v ours="$MILTER" -v told="$TOLD" -v is="$2" '{
        word = $0
        gsub(/^\{[[:space:]]*|[[:space:],}].*/, "", word)
        sub(/^local:/, "unix:", word)
        sub(/^inet:localhost:/, "inet:127.0.0.1:", word)
        if ((word == ours || word == told) == is) { printf "%s%s", between, $0; between = ", " }
    }'
}
others() { sift "$1" 0; }
asks_exeat() { [ -n "$(sift "$1" 1)" ]; }
with_exeat() { local rest; rest=$(others "$1"); echo "$OURS${rest:+, $rest}"; }
# master.cf takes no blanks in a value.
narrow() { sed -E 's/[[:space:]]*([,{}=])[[:space:]]*/\1/g' <<< "$1"; }

# A list of macros with those that exeat asks for.
with_macros() {
    local list=$1 macro
    for macro in ${2//,/ }; do
        case " ${list//,/ } " in *" $macro "* | *" {$macro} "*) ;; *) list="$list $macro" ;; esac
    done
    echo "$list"
}

# ---- changing a copy of Postfix's settings: all of these take its folder

get() { postconf -c "$1" -h "$2" 2> /dev/null; }
# Postfix's warnings about what stands there already are not ours; why an edit failed is.
edit() {
    local folder=$1
    shift
    postconf -c "$folder" "$@" 2> "$WORK/said" || { cat "$WORK/said" >&2; refuse "postconf $* failed; nothing was changed."; }
}
set_value() { [ "$(get "$1" "$2")" = "$3" ] || edit "$1" -e "$2 = $3"; }
own_list() { postconf -c "$1" -Ph "$2/smtpd_milters" 2> /dev/null || true; }
has_own_list() { [ -n "$(postconf -c "$1" -P "$2/smtpd_milters" 2> /dev/null)" ]; }
smtpd_services() { postconf -c "$1" -M | awk '$8 == "smtpd" { print $1 "/" $2 }'; }
release_service() {
    case $RELEASE in
    unix:"$QUEUE"/public/*) echo "${RELEASE##*/}/unix" ;;
    inet:127.0.0.1:* | inet:localhost:*) echo "127.0.0.1:${RELEASE##*:}/inet" ;;
    esac
}

put_in() {
    local folder=$1 service list release rest
    rest=$(others "$(get "$folder" smtpd_milters)")
    if [ "${#SERVICES[@]}" -eq 0 ]; then
        set_value "$folder" smtpd_milters "$(with_exeat "$(get "$folder" smtpd_milters)")"
    fi
    for service in "${SERVICES[@]}"; do
        [ -n "$(postconf -c "$folder" -M "$service" 2> /dev/null)" ] || refuse "master.cf has no service $service"
        list=$rest
        if has_own_list "$folder" "$service"; then list=$(own_list "$folder" "$service"); fi
        list=$(narrow "$(with_exeat "$list")")
        [ "$(own_list "$folder" "$service")" = "$list" ] || edit "$folder" -P "$service/smtpd_milters=$list"
    done
    [ -z "$LOCAL" ] || set_value "$folder" non_smtpd_milters "$(with_exeat "$(get "$folder" non_smtpd_milters)")"
    set_value "$folder" milter_connect_macros "$(with_macros "$(get "$folder" milter_connect_macros)" "$CONNECT")"
    set_value "$folder" milter_mail_macros "$(with_macros "$(get "$folder" milter_mail_macros)" "$MAIL")"
    release=$(release_service)
    if [ -n "$release" ] && [ -z "$(postconf -c "$folder" -M "$release" 2> /dev/null)" ]; then
        edit "$folder" -Me "$release=${release%/*} ${release##*/} n - n - 5 smtpd \
            -o syslog_name=postfix/exeat-release -o smtpd_client_restrictions= -o smtpd_helo_restrictions= \
            -o smtpd_sender_restrictions= -o smtpd_relay_restrictions=permit_mynetworks,reject \
            -o smtpd_recipient_restrictions= -o smtpd_data_restrictions= -o smtpd_end_of_data_restrictions= \
            -o mynetworks=127.0.0.0/8,[::1]/128"
        edit "$folder" -P "$release/smtpd_milters=$(narrow "$rest")"
    fi
}

# What is certainly ours, where somebody has changed the files since.
take_out() {
    local folder=$1 service name
    for name in smtpd_milters non_smtpd_milters; do
        ! asks_exeat "$(get "$folder" "$name")" || set_value "$folder" "$name" "$(others "$(get "$folder" "$name")")"
    done
    while read -r service; do
        ! has_own_list "$folder" "$service" || ! asks_exeat "$(own_list "$folder" "$service")" ||
            edit "$folder" -P "$service/smtpd_milters=$(narrow "$(others "$(own_list "$folder" "$service")")")"
    done < <(smtpd_services "$folder")
    service=$(release_service)
    [ -z "$service" ] || [ -z "$(postconf -c "$folder" -M "$service" 2> /dev/null)" ] || edit "$folder" -MX "$service"
}

# ---- putting changes in force

same() { cmp -s "$1/main.cf" "$2/main.cf" && cmp -s "$1/master.cf" "$2/master.cf"; }
keep() { install -d -m 700 "$RECORD/$2"; cp --preserve=all "$1/main.cf" "$1/master.cf" "$RECORD/$2/"; }
# The file is replaced in one step; its owner and mode stay.
put() {
    local file
    for file in main.cf master.cf; do
        cmp -s "$1/$file" "$FOLDER/$file" && continue
        cp --preserve=all "$FOLDER/$file" "$FOLDER/$file.exeat-new"
        cat "$1/$file" > "$FOLDER/$file.exeat-new"
        mv "$FOLDER/$file.exeat-new" "$FOLDER/$file"
    done
}
runs() { postfix -c "$FOLDER" status > /dev/null 2>&1; }
reload() { ! runs || postfix -c "$FOLDER" reload > /dev/null 2>&1; }

ask() {
    [ -z "$YES" ] || return 0
    local answer=''
    read -r -p "Shall these changes be made? [y/N] " answer || true
    [[ $answer == [yY]* ]] || { say "nothing was changed."; exit 1; }
}

# Shows what would change against folder $1; 1 where nothing would.
show() {
    local file code=1
    for file in main.cf master.cf; do
        diff -u --label "$FOLDER/$file" "$FOLDER/$file" --label "$FOLDER/$file (new)" "$1/$file" || code=0
    done
    return "$code"
}

change_to() {
    local before
    # Errors and warnings of the files as they are are not ours.
    if ! postfix -c "$1" check > "$WORK/said" 2>&1; then
        cat "$WORK/said" >&2
        refuse "Postfix does not take these changes; nothing was changed."
    fi
    before=$WORK/before
    mkdir "$before"
    cp --preserve=all "$FOLDER/main.cf" "$FOLDER/master.cf" "$before/"
    put "$1"
    if postfix -c "$FOLDER" check > "$WORK/said" 2>&1 && reload; then return; fi
    put "$before"
    reload || true
    cat "$WORK/said" >&2
    refuse "Postfix did not take the changes; main.cf and master.cf were put back."
}

# What systemd must know besides: the group that may enter Postfix's public folder, the socket in its queue folder.
units() {
    local lines='' socket='' changed='' ran
    case $RELEASE in unix:"$QUEUE"/public/*)
        lines="[Service]
SupplementaryGroups=$(postconf -c "$FOLDER" -h setgid_group)" ;;
    esac
    case $SOCKET in unix:"$QUEUE"/*)
        local http
        http=$(setting http listen)
        socket="[Socket]
ListenStream=
ListenStream=${SOCKET#unix:}
ListenStream=${http:-127.0.0.1:9464}
SocketUser=exeat
SocketGroup=$(postconf -c "$FOLDER" -h mail_owner)" ;;
    esac
    drop_in exeat.service "$lines"
    drop_in exeat.socket "$socket"
    [ -n "$changed" ] && [ -d /run/systemd/system ] || return 0
    systemctl daemon-reload
    ran=$(for unit in exeat.socket exeat.service; do ! systemctl is-active --quiet "$unit" || echo "$unit"; done)
    [ -n "$ran" ] || return 0
    # A socket cannot change while its service runs. The socket first, or a connection starts the service again.
    systemctl stop exeat.socket exeat.service
    # shellcheck disable=SC2086 # one word for each unit
    systemctl start $ran
}

# Writes a drop-in of a unit, or takes it away where there is nothing to say.
drop_in() {
    local file=$UNITS/$1.d/postfix.conf
    if [ ! -d "$UNITS" ] || [ "$(cat "$file" 2> /dev/null)" = "$2" ]; then return; fi
    if [ -n "$DRY" ]; then
        diff -u --label "$file" <(cat "$file" 2> /dev/null) --label "$file (new)" <([ -z "$2" ] || echo "$2") || true
        return
    fi
    changed=yes
    if [ -n "$2" ]; then
        install -d "$UNITS/$1.d"
        echo "$2" > "$file"
    else
        rm -f "$file"
        rmdir --ignore-fail-on-non-empty "$UNITS/$1.d"
    fi
}

# ---- the two things it does

wire() {
    local service
    case $SOCKET in unix:"$QUEUE"/*)
        [ -n "$DRY" ] || install -d -o exeat -g "$(postconf -c "$FOLDER" -h mail_owner)" -m 2750 "$(dirname "${SOCKET#unix:}")" ;;
    esac
    put_in "$WORK/new"
    if ! show "$WORK/new"; then
        units
        say "nothing to change in $FOLDER: exeat is there already."
    else
        if [ -n "$DRY" ]; then
            units
            return
        fi
        ask
        units
        [ -n "$ANYWAY" ] || exeat_answers ||
            refuse "nobody answers at $SOCKET, and Postfix would turn all mail away. Start exeat first:" \
                "systemctl enable --now exeat.socket exeat.service"
        # Where somebody changed the files since the last time, what is put back one day is that without exeat.
        if [ ! -d "$RECORD/after" ]; then
            keep "$FOLDER" before
        elif ! same "$RECORD/after" "$FOLDER"; then
            take_out "$WORK/base"
            keep "$WORK/base" before
        fi
        change_to "$WORK/new"
        keep "$FOLDER" after
        echo "$MILTER" > "$RECORD/milter"
        say "done: Postfix asks exeat at $MILTER."
    fi
    while read -r service; do
        if [ "$service" != "$(release_service)" ] && has_own_list "$FOLDER" "$service" &&
            ! asks_exeat "$(own_list "$FOLDER" "$service")"; then
            say "note: the service $service has smtpd_milters of its own and does not ask exeat; --service ${service%/*} adds it."
        fi
    done < <(smtpd_services "$FOLDER")
    case $RELEASE in
    inet:127.0.0.1:* | inet:localhost:*)
        say "note: every program of this machine can send by the release port; a Unix socket is closed to them:" \
            "release = \"unix:$QUEUE/public/exeat-release\"" ;;
    esac
    [ -z "$RELEASE" ] || [ -n "$(release_service)" ] ||
        say "note: [courier] release = \"$RELEASE\" is none of this Postfix; look at it with: exeat doctor"
}

unwire() {
    local waits code=0
    if [ -z "$ANYWAY" ] && [ -z "$DRY" ] && command -v exeat > /dev/null && [ -r "$CONFIG" ]; then
        waits=$(exeat held count --config "$CONFIG" 2>&1) || code=$?
        [ "$code" -eq 0 ] || refuse "mail waits in exeat, and could not leave any more: $waits" \
            "- decide about it first (exeat held list), or say --anyway"
    fi
    if [ -d "$RECORD/after" ] && same "$RECORD/after" "$FOLDER"; then
        cp --preserve=all "$RECORD/before/main.cf" "$RECORD/before/master.cf" "$WORK/new/"
        said="done: main.cf and master.cf are as they were, byte for byte."
    else
        take_out "$WORK/new"
        said="done: main.cf or master.cf was changed by hand, so only exeat's own words were taken out."
        [ ! -d "$RECORD/before" ] || said="$said The files of before: $FOLDER/exeat.removed"
    fi
    # Where exeat listens stays as its settings say: it may run on without Postfix.
    RELEASE=''
    if ! show "$WORK/new"; then
        say "nothing to change in $FOLDER: Postfix does not ask exeat."
    else
        if [ -n "$DRY" ]; then
            units
            return
        fi
        ask
        change_to "$WORK/new"
        # Postfix leaves the socket of a service that is gone.
        rm -f "$QUEUE"/{public/,pid/unix.}exeat-release
        say "$said"
    fi
    [ -z "$DRY" ] || return 0
    units
    if [[ $said == *exeat.removed* ]]; then rm -rf "$FOLDER/exeat.removed"; mv "$RECORD" "$FOLDER/exeat.removed"; else rm -rf "$RECORD"; fi
}

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CONNECT='{client_name},{client_addr},{client_port},{daemon_addr},{daemon_port}'
MAIL='{auth_type},{auth_authen},{auth_author},{cert_subject},{cert_issuer}'
if [ -z "$REMOVE" ] || [ -r "$CONFIG" ]; then read_settings; else SOCKET='' RELEASE='' MILTER=inet:127.0.0.1:8894; fi
# Where Postfix was told to ask, which is elsewhere when the settings name another socket since.
TOLD=$(cat "$RECORD/milter" 2> /dev/null || echo "$MILTER")
# Its own words in the list, so that the settings of other milters stay what they are. While exeat is away, senders
# keep their mail and try again.
OURS="{$MILTER,default_action=tempfail,content_timeout=300s}"
for copy in new base; do cp --recursive --dereference --preserve=all "$FOLDER" "$WORK/$copy"; rm -rf "$WORK/$copy/exeat"; done
if [ -n "$REMOVE" ]; then unwire; else wire; fi
