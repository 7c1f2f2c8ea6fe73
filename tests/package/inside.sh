#!/bin/bash
# What tests/package.sh does inside the clean tree, step by step. Ends at the first step that is not as it should be.
#
# It is started by tests/package.sh alone, in a network and a file system of its own. Example:
#   tests/package.sh
set -uo pipefail
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
case ${1:-} in -h | --help) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
[ -e /tmp/packages/inside.sh ] || { echo "inside.sh: tests/package.sh starts this" >&2; exit 2; }
cd /tmp/packages || exit 2
FIRST=$(ls exeat_*_*.deb)

. ./school.sh

# ---- installed

step "the package installs" dpkg --install "$FIRST"
says "README.Debian"
step "it has a user without a shell" grep -q '^exeat:.*:/var/lib/exeat:/usr/sbin/nologin$' /etc/passwd
step "the settings are closed to others" mode /etc/exeat/exeat.toml "640 root:exeat"
step "so is their folder" mode /etc/exeat "750 root:exeat"
step "and that of what is kept" mode /var/lib/exeat "700 exeat:exeat"
refused "nothing is enabled" test -e /etc/systemd/system/multi-user.target.wants/exeat.service
refused "nothing runs" pgrep -x exeat
step "the program begins without Rust" exeat --version
step "systemd takes the units" systemd-analyze verify --man=no /lib/systemd/system/exeat.service /lib/systemd/system/exeat.socket
exposure() { systemd-analyze security --offline=yes --threshold=20 exeat.service; }
step "the service is exposed by at most 2.0" exposure
grep -o 'Overall exposure level.*[0-9.]\+' /tmp/said | sed 's/^/    /'
step "bash reads its completions" bash -n /usr/share/bash-completion/completions/exeat
step "a second installation of the same changes nothing" dpkg --install "$FIRST"
refused "the settings to begin with do not start before they are the school's" runuser -u exeat -- exeat config check
says "roster.csv"

# ---- set up as README.Debian says

step "a school sets it up" set_up
step "its key is root's alone" mode /etc/exeat/store.key "600 root:root"

# As systemd starts it: sockets that are open already, the key as a credential, the groups of the unit.
start_exeat() {
    install -d -m 700 -o exeat /run/credentials/exeat.service
    install -m 400 -o exeat /etc/exeat/store.key /run/credentials/exeat.service/store-key
    systemd-socket-activate -E CREDENTIALS_DIRECTORY=/run/credentials/exeat.service -l 127.0.0.1:8894 -l 127.0.0.1:9464 \
        setpriv --reuid=exeat --regid=exeat --groups="$(getent group postdrop | cut -d: -f3)" exeat serve >> /tmp/exeat.log 2>&1 &
    EXEAT=$!
    within 20 ready
}
stop_exeat() { kill "$EXEAT"; wait "$EXEAT"; rm -rf /run/credentials/exeat.service; }

postfix_settings
printf '# The administrator'"'"'s own words.\nsmtpd_milters = inet:127.0.0.1:8891\nmilter_default_action = accept\n' >> /etc/postfix/main.cf
cp -a /etc/postfix /tmp/postfix-before
sink
step "Postfix starts" postfix start

# ---- connected with Postfix

refused "Postfix is not connected while nobody would answer" exeat-install-postfix --yes
says "Start exeat first"
step "and is as it was" diff -r /tmp/postfix-before /etc/postfix
step "exeat takes the sockets that were opened for it" start_exeat
step "a dry run shows the changes" exeat-install-postfix --dry-run
says '^+smtpd_milters = {inet:127.0.0.1:8894,default_action=tempfail,.*}, inet:127.0.0.1:8891'
step "and makes none" diff -r /tmp/postfix-before /etc/postfix
refused "without a yes nothing is changed" exeat-install-postfix < /dev/null
step "nothing was" diff -r /tmp/postfix-before /etc/postfix
step "Postfix is connected" exeat-install-postfix --yes
cp /etc/postfix/main.cf /etc/postfix/master.cf /tmp/
step "a second time there is nothing to do" exeat-install-postfix --yes
says "nothing to change"
same_files() { cmp /etc/postfix/main.cf /tmp/main.cf && cmp /etc/postfix/master.cf /tmp/master.cf; }
step "and nothing was changed" same_files

step "a letter is sent" letter t.asquith@school.example visits@museum.example 'The visit' 'We come at ten on Friday.'
step "and arrives" within 20 arrived 'We come at ten on Friday'
step "exeat saw it" within 5 counted
step "a letter with a pupil's number is sent" letter h.pemberton@school.example admissions@college.example Numbers 'Her UPN is H801200001001, as you asked.'
step "it is held" within 20 held
step "and stands in the list" exeat held list
says 'h.pemberton@school.example'
step "and its sender is told, by the release service" within 30 arrived '^X-Rcpt-Args: <h.pemberton@school.example>'
refused "it did not leave" arrived H801200001001

# ---- mail waits

step "what waits is counted without the key" within 20 only_held
refused "Postfix is not disconnected while mail waits" exeat-install-postfix --remove --yes
says "1 held"
refused "the package is not removed while mail waits" dpkg --remove exeat
says "1 held"
says "exeat backup"
step "it is still there" dpkg --status exeat
step "and still runs" ready

# ---- updated

refused "an update does not copy a store that is served" dpkg --install exeat_8.0.0.deb
says "still serves"
step "exeat is as before" whole
stop_exeat
cp -a /var/lib/exeat/store.sqlite /tmp/store.before
cp /etc/exeat/exeat.toml /tmp/settings.before
step "an update works" dpkg --install exeat_8.0.0.deb
says "copied to /var/backups/exeat"
step "and does not touch the settings" cmp /etc/exeat/exeat.toml /tmp/settings.before
step "the copy is the store as it was" cmp /tmp/store.before "$(ls -d /var/backups/exeat/0.*)/store.sqlite"
step "and closed to others" mode /var/backups/exeat "700 root:root"
cp -a /var/lib/exeat/store.sqlite /tmp/store.before
refused "an update that does not understand the store fails" dpkg --install exeat_9.0.0.deb
says "put back as version 8.0.0 left it"
says "apt install exeat=8.0.0"
step "the store is as it was, byte for byte" cmp /tmp/store.before /var/lib/exeat/store.sqlite
step "and exeat's own" mode /var/lib/exeat/store.sqlite "600 exeat:exeat"
step "the version before comes back" dpkg --install exeat_8.0.0.deb
step "it is whole" whole
step "exeat starts again" start_exeat
step "with what was held" exeat held list
says 'h.pemberton@school.example'
reference=$(exeat held list | grep -o 'EX-[0-9A-Z-]*' | head -n 1)
step "it is released" exeat held release "$reference" --reason 'agreed with the parent'
step "and arrives" within 30 arrived H801200001001
step "nothing waits any more" within 30 nothing_waits

# ---- a bypass, and disconnected

if command -v exeat-bypass > /dev/null; then
    cp -a /etc/postfix /tmp/postfix-connected
    step "a person lets mail pass" exeat-bypass --reason 'the trial of the package' --minutes 5
    step "then Postfix does not ask exeat" bash -c "! postconf -h smtpd_milters | grep -q 8894"
    refused "and cannot be disconnected meanwhile" exeat-install-postfix --remove --yes
    says "exeat-bypass --end"
    step "it ends" exeat-bypass --end
    step "byte for byte" diff -r /tmp/postfix-connected /etc/postfix
fi

step "Postfix is disconnected" exeat-install-postfix --remove --yes
says "byte for byte"
step "every byte is as it was" diff -r /tmp/postfix-before /etc/postfix
step "it is connected for the submission service alone" bash -c "
    postconf -Me 'submission/inet=submission inet n - y - - smtpd -o smtpd_milters=inet:127.0.0.1:8891' &&
    cp -a /etc/postfix /tmp/postfix-submission && exeat-install-postfix --yes --service submission"
step "the signer stays behind it" bash -c "postconf -Ph submission/inet/smtpd_milters | grep -q '8894.*},inet:127.0.0.1:8891$'"
step "the other services do not ask it" bash -c "! postconf -h smtpd_milters | grep -q 8894"
step "and it goes again" exeat-install-postfix --remove --yes
step "byte for byte" diff -r /tmp/postfix-submission /etc/postfix
postconf -MX submission/inet
step "it is connected again" exeat-install-postfix --yes
postconf -e 'smtpd_banner = hello' "smtpd_milters = $(postconf -h smtpd_milters), inet:127.0.0.1:8892"
step "after a change by hand only its own words are taken out" exeat-install-postfix --remove --yes
says "changed by hand"
step "the others stay" is "$(postconf -h smtpd_milters smtpd_banner | paste -sd' ')" "inet:127.0.0.1:8891, inet:127.0.0.1:8892 hello"
step "no trace of it is left" bash -c "! postconf -n | grep 8894 && ! postconf -M | grep -q exeat"
rm -rf /etc/postfix && cp -a /tmp/postfix-before /etc/postfix
echo 'broken line' >> /etc/postfix/master.cf
cp -a /etc/postfix /tmp/postfix-broken
refused "settings that Postfix does not take are left alone" exeat-install-postfix --yes
step "byte for byte" diff -r /tmp/postfix-broken /etc/postfix
rm -rf /etc/postfix && cp -a /tmp/postfix-before /etc/postfix
step "a Unix socket inside the chroot" bash -c "
    sed -i 's|^socket = .*|socket = \"unix:/var/spool/postfix/exeat/milter.sock\"|' /etc/exeat/exeat.toml &&
    exeat-install-postfix --yes --anyway"
step "is written as seen from there" bash -c "postconf -h smtpd_milters | grep -q '{unix:exeat/milter.sock,'"
step "systemd opens it" grep -q '^ListenStream=/var/spool/postfix/exeat/milter.sock$' /etc/systemd/system/exeat.socket.d/postfix.conf
step "in a folder for the two of them" mode /var/spool/postfix/exeat "2750 exeat:postfix"
step "systemd takes that too" systemd-analyze verify --man=no /lib/systemd/system/exeat.service
step "another socket" bash -c "
    sed -i 's|^socket = .*|socket = \"inet:127.0.0.1:8895\"|' /etc/exeat/exeat.toml &&
    exeat-install-postfix --yes --anyway"
step "takes the place of the one before" bash -c "
    postconf -h smtpd_milters | grep -q '^{inet:127.0.0.1:8895,' && ! postconf -n | grep -q exeat/milter.sock"

# ---- removed

step "the package is removed" dpkg --remove exeat
step "Postfix does not ask it any more" diff -r /tmp/postfix-before /etc/postfix
step "the settings stay" test -f /etc/exeat/exeat.toml
stop_exeat 2> /dev/null
step "the package is purged" dpkg --purge exeat
says "/var/backups/exeat"
left() { find / -xdev -path /tmp -prune -o -path /proc -prune -o -path /var/lib/dpkg -prune -o -path /var/backups/exeat -prune -o -iname '*exeat*' -print | grep .; }
refused "nothing of it is left" left
step "Postfix goes on" postfix check
echo "all of it"
postfix stop > /dev/null 2>&1
exit 0
