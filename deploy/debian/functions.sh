# Shared by the package's scripts: deploy/package.sh puts it into each of them in place of #FUNCTIONS#.
# shellcheck shell=sh

CONFIG=/etc/exeat/exeat.toml
# Which units ran before an update, so that those and no others are started afterwards.
RUNNING=/run/exeat-package.running

say() { echo "exeat: $*" >&2; }

# A value of a table of the settings, where it stands in one line: value TABLE KEY
value() {
    [ -r "$CONFIG" ] || return 0
    awk -v table="[$1]" -v key="$2" '
        /^[[:space:]]*\[/ { gsub(/[[:space:]]|#.*/, ""); here = ($0 == table); next }
        here && $0 ~ "^[[:space:]]*" key "[[:space:]]*=" {
            sub(/^[^=]*=[[:space:]]*/, ""); quote = substr($0, 1, 1)
            if (quote == "\"" || quote == "\047") { rest = substr($0, 2); print substr(rest, 1, index(rest, quote) - 1) }
            exit
        }' "$CONFIG"
}

store_file() {
    path=$(value store path)
    case $path in
    '') echo /var/lib/exeat/store.sqlite ;;
    /*) echo "$path" ;;
    *) echo "/etc/exeat/$path" ;;
    esac
}

# exeat as its own user, with the key as systemd hands it over. 3: the key is not to be had here.
as_exeat() {
    name=$(value store key_credential)
    if [ -z "$name" ]; then
        runuser -u exeat -- "$@"
        return
    fi
    folder=$(mktemp -d /run/exeat-package.XXXXXX)
    code=0
    if [ -f /etc/exeat/store.key ]; then
        cat /etc/exeat/store.key > "$folder/$name" || code=3
    elif [ -f /etc/exeat/store.key.cred ] && command -v systemd-creds > /dev/null; then
        systemd-creds decrypt --name="$name" /etc/exeat/store.key.cred "$folder/$name" || code=3
    else
        code=3
    fi
    if [ "$code" -eq 0 ]; then
        chmod 600 "$folder/$name"
        chown exeat: "$folder" "$folder/$name"
        runuser -u exeat -- env CREDENTIALS_DIRECTORY="$folder" "$@" || code=$?
        [ "$code" -ne 3 ] || code=1
    fi
    rm -rf "$folder"
    return "$code"
}

stop_units() {
    [ -d /run/systemd/system ] || return 0
    for unit in exeat.socket exeat.service; do
        if systemctl is-active --quiet "$unit"; then echo "$unit" >> "$RUNNING"; fi
    done
    # The socket first, or the next connection would start what was just stopped.
    deb-systemd-invoke stop exeat.socket exeat.service > /dev/null || true
}

start_units() {
    [ -f "$RUNNING" ] || return 0
    units=$(sort -u "$RUNNING" | tr '\n' ' ')
    rm -f "$RUNNING"
    [ -d /run/systemd/system ] || return 0
    systemctl daemon-reload || true
    # shellcheck disable=SC2086 # one word for each unit
    [ -z "$units" ] || deb-systemd-invoke start $units
}

was_running() { grep -qs "^$1\$" "$RUNNING"; }
