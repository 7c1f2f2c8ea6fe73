#!/bin/bash
# What tests/machine.sh does inside its machine, where systemd is the first process.
#
# It is started by tests/machine.sh alone. Example:
#   tests/machine.sh
set -uo pipefail
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
case ${1:-} in -h | --help) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
[ -e /opt/packages/machine-inside.sh ] || { echo "machine-inside.sh: tests/machine.sh starts this" >&2; exit 2; }
cd /opt/packages || exit 2
FIRST=$(ls exeat_*_*.deb)

. ./school.sh
fail() {
    echo "FAILED: $*"
    echo "-- the last command:"; cat /tmp/said
    echo "-- the journal:"; journalctl --no-pager --lines 60 --output cat -u exeat.service -u exeat.socket
    echo "-- refused by AppArmor:"; journalctl --no-pager -k --grep 'apparmor="DENIED"' | tail -n 20
    echo "-- Postfix:"; tail -n 20 /var/log/mail.log 2> /dev/null
    exit 1
}
unit() { is "$(systemctl show --property "$2" --value "$1")" "$3"; }
main() { systemctl show --property MainPID --value exeat.service; }

step "the package installs" dpkg --install "$FIRST"
refused "nothing runs" systemctl is-active exeat.service exeat.socket
step "a school sets it up" set_up
step "AppArmor has the profile" grep -q '^exeat (enforce)$' /sys/kernel/security/apparmor/profiles
step "systemd starts it" systemctl enable --now exeat.socket exeat.service
step "it has said that it is ready" unit exeat.service StatusErrno 0
step "and is" ready
step "as its own user" is "$(ps -o user= -p "$(main)")" exeat
step "in its AppArmor profile" is "$(cat /proc/"$(main)"/attr/current)" "exeat (enforce)"
workers() { pgrep -P "$(main)" -f room-worker; }
step "with its worker processes" workers
step "which have it too" is "$(cat /proc/"$(workers | head -n 1)"/attr/current)" "exeat (enforce)"

postfix_settings
cp -a /etc/postfix /tmp/postfix-before
sink
step "Postfix starts" systemctl restart postfix
step "Postfix is connected" exeat-install-postfix --yes
step "exeat has the group that reaches the release socket" bash -c "grep -qw $(getent group postdrop | cut -d: -f3) <(grep ^Groups /proc/$(main)/status)"
step "a letter is sent" letter t.asquith@school.example visits@museum.example 'The visit' 'We come at ten on Friday.'
step "and arrives" within 20 arrived 'We come at ten on Friday'
step "exeat saw it" within 5 counted
step "a letter with a pupil's number is sent" letter h.pemberton@school.example admissions@college.example Numbers 'Her UPN is H801200001001, as you asked.'
step "it is held" within 20 held
step "and its sender is told, by the release service" within 30 arrived '^X-Rcpt-Args: <h.pemberton@school.example>'
exeat doctor > /tmp/doctor 2>&1
sed 's/^/    /' /tmp/doctor
refused "exeat doctor finds nothing wrong" grep -qi '^wrong' /tmp/doctor

# ---- stopped, hung, killed

# Only a session that is open in the moment of the restart can be told to try again; those after it wait.
restarted_among_letters() {
    local turned_away=0
    (sleep 0.3; systemctl restart exeat.service) &
    for _ in 1 2 3 4 5 6 7 8; do
        letter t.asquith@school.example visits@museum.example 'The visit' 'Again.' || turned_away=$((turned_away + 1))
    done
    wait $!
    [ "$turned_away" -le 1 ]
}
step "a restart turns away no more than the session that is open" restarted_among_letters
step "the relay's connection waits while exeat starts" bash -c "
    systemctl stop exeat.service && exec 3<> /dev/tcp/127.0.0.1/8894"
step "and has started it" within 20 systemctl is-active --quiet exeat.service
step "a reload keeps the process" bash -c "before=$(main); systemctl reload exeat && [ \$before = \$(systemctl show --property MainPID --value exeat.service) ]"
before=$(main); kill -KILL "$before"
again() { [ "$(main)" != 0 ] && [ "$(main)" != "$before" ] && ready; }
step "killed, it comes back" within 20 again
mkdir -p /etc/systemd/system/exeat.service.d
printf '[Service]\nWatchdogSec=2s\nTimeoutAbortSec=2s\n' > /etc/systemd/system/exeat.service.d/watchdog.conf
step "with a short watchdog" bash -c "systemctl daemon-reload && systemctl restart exeat"
before=$(main); kill -STOP "$before"
step "hung, it is started anew" within 40 again
rm /etc/systemd/system/exeat.service.d/watchdog.conf
systemctl daemon-reload

# ---- the key sealed on disk, a socket inside Postfix's chroot

step "the key is sealed with the machine's own" bash -c "
    systemd-creds encrypt --with-key=host --name=store-key /etc/exeat/store.key /etc/exeat/store.key.cred &&
    printf '[Service]\nLoadCredential=\nLoadCredentialEncrypted=store-key:/etc/exeat/store.key.cred\n' > /etc/systemd/system/exeat.service.d/key.conf &&
    mv /etc/exeat/store.key /opt/packages/ && systemctl daemon-reload && systemctl restart exeat"
step "and opens what is held" exeat held list
says 'h.pemberton@school.example'
sed -i 's|^socket = .*|socket = "unix:/var/spool/postfix/exeat/milter.sock"|' /etc/exeat/exeat.toml
refused "other sockets than those of systemd are no start" systemctl restart exeat.service
step "a Unix socket in the chroot instead" exeat-install-postfix --yes
step "exeat is ready" within 20 ready
step "the socket is for the two of them" mode /var/spool/postfix/exeat/milter.sock "660 exeat:postfix"
step "a letter is sent" letter t.asquith@school.example visits@museum.example 'The bus' 'The bus leaves at nine.'
step "and arrives" within 20 arrived 'The bus leaves at nine'

# ---- updated, and not

step "an update stops, copies and starts it" dpkg --install exeat_8.0.0.deb
says "copied to /var/backups/exeat"
step "it runs" within 20 ready
step "with what was held" only_held
refused "an update that does not understand the store fails" dpkg --install exeat_9.0.0.deb
says "put back as version 8.0.0 left it"
refused "and is not started" systemctl is-active exeat.service
refused "Postfix keeps mail meanwhile" letter t.asquith@school.example visits@museum.example 'Later' 'This one waits.'
step "the version before comes back" dpkg --install exeat_8.0.0.deb
step "and runs, since it ran before" within 20 ready
step "it is whole" whole
reference=$(exeat held list | grep -o 'EX-[0-9A-Z-]*' | head -n 1)
step "what was held is released" exeat held release "$reference" --reason 'agreed with the parent'
step "and arrives" within 30 arrived H801200001001
step "nothing waits any more" within 60 nothing_waits

# ---- a bypass that nobody ends

cp -a /etc/postfix /tmp/postfix-connected
step "a person lets mail pass for a minute" exeat-bypass --reason 'the trial of the machine' --minutes 1
says "by a timer of systemd"
step "then Postfix does not ask exeat" bash -c "! postconf -h smtpd_milters | grep -q exeat"
step "a letter is sent" letter t.asquith@school.example visits@museum.example 'Urgent' 'Nobody read this one.'
step "and arrives" within 20 arrived 'Nobody read this one'
step "systemd ends it" within 150 exeat-bypass --status
step "byte for byte" diff -r /tmp/postfix-connected /etc/postfix

# ---- removed

journalctl -k --grep 'apparmor="DENIED".*profile="exeat"' --no-pager > /tmp/said 2>&1
refused "AppArmor refused nothing" grep -q DENIED /tmp/said
step "the package is removed" dpkg --remove exeat
refused "it does not run" pgrep -x exeat
step "Postfix does not ask it any more" diff -r /tmp/postfix-before /etc/postfix
step "a letter is sent" letter t.asquith@school.example visits@museum.example 'Afterwards' 'As before.'
step "and arrives" within 20 arrived 'As before'
step "the package is purged" dpkg --purge exeat
refused "the units are gone" systemctl cat exeat.service
echo "all of it"
