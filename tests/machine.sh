#!/bin/bash
# The Debian package in a machine of its own, where systemd is the first process: units, socket activation, watchdog,
# credentials (sealed ones too), AppArmor, an update of a running exeat, removal. The machine is QEMU's, with a Debian
# made by debootstrap; nothing of this one is touched.
#
#   tests/machine.sh                     builds the package and tries it
#   tests/machine.sh --binary FILE       packs a program that was built before
#   tests/machine.sh --tree FOLDER       keeps the Debian there, and takes it from there the next time
#   tests/machine.sh --kvm               by way of /dev/kvm, which is ten times faster where it works
#
# Examples:
#   tests/machine.sh --binary target/release/exeat --tree /var/tmp/exeat-machine
#
# Needs root and Debian's archive. Takes some five minutes besides the building.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//'; }
BINARY=() TREE='' KVM=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --kvm) KVM=yes ;;
    --binary) BINARY=(--binary "${2:?--binary needs a file}"); shift ;;
    --tree) TREE=${2:?--tree needs a folder}; shift ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
skip() { echo "skipped: $*"; exit 0; }
[ "$(id -u)" -eq 0 ] || skip "the machine is made by root alone"
command -v apt-get > /dev/null || skip "this is no Debian"
missing=()
for pair in qemu-system-x86_64:qemu-system-x86 debootstrap:debootstrap mke2fs:e2fsprogs; do
    command -v "${pair%:*}" > /dev/null || missing+=("${pair#*:}")
done
[ "${#missing[@]}" -eq 0 ] || apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null || skip "cannot be installed: ${missing[*]}"

WORK=$(mktemp -d)
trap 'rm -rf --one-file-system "$WORK"' EXIT
TREE=${TREE:-$WORK/tree}
if [ ! -e "$TREE/vmlinuz" ]; then
    echo "== a Debian with a kernel"
    tests/package.sh --make-tree "$TREE" || skip "debootstrap got no Debian"
    cp /etc/resolv.conf "$TREE/etc/resolv.conf"
    # shellcheck disable=SC2016 # the inner shell's
    unshare --mount --pid --fork sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -c "
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            systemd-sysv linux-image-cloud-amd64 initramfs-tools zstd apparmor kmod udev dbus"' sh "$TREE" > "$WORK/apt.log" 2>&1 ||
        { tail "$WORK/apt.log"; skip "no kernel to be had"; }
fi
echo "== the packages"
deploy/package.sh "${BINARY[@]}" --to "$WORK/packages"
tests/package/versions.sh "$(ls "$WORK"/packages/exeat_*.deb)" "$WORK/packages"

echo "== the machine"
rm -rf "$TREE/opt/packages"
mkdir -p "$TREE/opt/packages"
cp "$WORK"/packages/*.deb tests/package/school.sh tests/package/machine-inside.sh "$TREE/opt/packages/"
rm -f "$TREE/usr/sbin/policy-rc.d"
: > "$TREE/etc/resolv.conf"
cat > "$TREE/etc/systemd/system/exeat-test.service" << 'END'
[Unit]
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=/bin/bash /opt/packages/machine-inside.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
END
mkdir -p "$TREE/etc/systemd/system/multi-user.target.wants"
# The console is the test's.
ln -sf /dev/null "$TREE/etc/systemd/system/serial-getty@ttyS0.service"
# Not part of the boot, or it would wait for itself.
cat > "$TREE/etc/systemd/system/exeat-test.timer" << 'END'
[Timer]
OnActiveSec=1s

[Install]
WantedBy=multi-user.target
END
ln -sf ../exeat-test.timer "$TREE/etc/systemd/system/multi-user.target.wants/"
truncate -s 3G "$WORK/disk"
mke2fs -q -t ext4 -d "$TREE" "$WORK/disk"
# Without the processor's help unless asked for: machines in machines often have a /dev/kvm that does not work.
speed=(-accel tcg -cpu max)
[ -z "$KVM" ] || speed=(-accel kvm -cpu host)
timeout --kill-after=10 1800 qemu-system-x86_64 "${speed[@]}" -smp 2 -m 1536 -no-reboot -nographic -nic none \
    -kernel "$TREE/vmlinuz" -initrd "$TREE/initrd.img" -append "root=/dev/vda rw console=ttyS0 quiet loglevel=3 systemd.show_status=false" \
    -drive "file=$WORK/disk,if=virtio,format=raw,cache=unsafe" < /dev/null | tee "$WORK/said"
grep -q '^all of it' "$WORK/said"
