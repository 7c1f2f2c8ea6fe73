#!/bin/bash
# The Debian package in a clean Debian: installed, connected with a real Postfix, updated, an update that fails,
# removal while mail waits, purged. Everything happens in a tree made with debootstrap and in a network of its own;
# this machine's Postfix and ports are not touched.
#
#   tests/package.sh                     builds the package (deploy/package.sh) and tries it
#   tests/package.sh --binary FILE       packs a program that was built before
#   tests/package.sh --debug             packs the program that the tests are built with, which takes less time
#   tests/package.sh --tree FOLDER       keeps the clean tree there, and takes it from there the next time
#
# Examples:
#   tests/package.sh --binary target/debug/exeat
#   tests/package.sh --tree /var/tmp/exeat-tree
#
# Needs root and Debian's archive; says "skipped" and ends with 0 where it has them not. Takes some two minutes
# besides the building.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

usage() { sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//'; }
BINARY=() TREE='' ONLY='' ARCHIVE=${EXEAT_DEBIAN_ARCHIVE:-http://deb.debian.org/debian}
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --binary) BINARY=(--binary "${2:?--binary needs a file}"); shift ;;
    --debug) cargo build --locked; BINARY=(--binary target/debug/exeat) ;;
    --tree) TREE=${2:?--tree needs a folder}; shift ;;
    # For tests/machine.sh: the tree and no more.
    --make-tree) TREE=${2:?--make-tree needs a folder} ONLY=yes; shift ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
skip() { echo "skipped: $*"; exit 0; }

[ "$(id -u)" -eq 0 ] || skip "the package is tried by root alone (chroot, network namespace)"
command -v apt-get > /dev/null || skip "this is no Debian"
unshare --mount --net --pid --fork true 2> /dev/null || skip "no namespaces of one's own here"
. /etc/os-release
if ! command -v debootstrap > /dev/null; then
    { apt-get install -y -qq --no-install-recommends debootstrap || { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap; }; } > /dev/null ||
        skip "debootstrap cannot be installed"
fi

WORK=$(mktemp -d)
trap 'rm -rf --one-file-system "$WORK"' EXIT
BASE=${TREE:-$WORK/base}
# The tree: a minimal Debian with Postfix and what the package depends on. No service is started in it.
make_tree() {
    debootstrap --variant=minbase "${VERSION_CODENAME:-bookworm}" "$BASE" "$ARCHIVE" > "$WORK/debootstrap.log" 2>&1 || return 1
    printf '#!/bin/sh\nexit 101\n' > "$BASE/usr/sbin/policy-rc.d"
    chmod 755 "$BASE/usr/sbin/policy-rc.d"
    cp /etc/resolv.conf "$BASE/etc/resolv.conf"
    echo relay.school.example > "$BASE/etc/mailname"
    printf '127.0.0.1 localhost relay.school.example\n' > "$BASE/etc/hosts"
    # shellcheck disable=SC2016 # the inner shell's
    unshare --mount --pid --fork sh -c '
        mount -t proc proc "$1/proc" && exec chroot "$1" sh -c "
            echo postfix postfix/main_mailer_type select Internet Site | debconf-set-selections
            echo postfix postfix/mailname string relay.school.example | debconf-set-selections
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
                postfix adduser ca-certificates procps libgcc-s1 systemd iproute2"' sh "$BASE" > "$WORK/apt.log" 2>&1 || { tail "$WORK/apt.log"; return 1; }
}
if [ ! -e "$BASE/usr/sbin/postfix" ]; then
    echo "== a clean Debian ${VERSION_CODENAME:-bookworm}"
    make_tree || skip "debootstrap got no Debian from $ARCHIVE"
fi
[ -z "$ONLY" ] || exit 0

echo "== the packages"
deploy/package.sh "${BINARY[@]}" --to "$WORK/packages"
deb=$(ls "$WORK"/packages/exeat_*.deb)
tests/package/versions.sh "$deb" "$WORK/packages"

# What is done in the tree is done on top of it, and is gone afterwards. Overlay file systems do not stack, so where
# the tree cannot carry one it is copied.
ROOT=$WORK/root
mkdir -p "$ROOT" "$WORK/upper" "$WORK/over"
echo "== installed, used, updated, removed"
export BASE ROOT WORK
# shellcheck disable=SC2016 # the inner shell's
unshare --mount --net --pid --fork --kill-child --uts --ipc bash -c '
    set -e
    mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$WORK/upper,workdir=$WORK/over" "$ROOT" 2> /dev/null ||
        cp -a "$BASE/." "$ROOT/"
    mount -t proc proc "$ROOT/proc"
    # Devices of its own, as Debian makes them: what this machine did to its own does not count.
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
    for device in null:3 zero:5 full:7 random:8 urandom:9; do
        mknod -m 666 "$ROOT/dev/${device%:*}" c 1 "${device#*:}"
    done
    mkdir "$ROOT/dev/shm" "$ROOT/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$ROOT/dev/pts"
    mknod -m 666 "$ROOT/dev/tty" c 5 0
    ln -s pts/ptmx "$ROOT/dev/ptmx"
    ln -s /proc/self/fd "$ROOT/dev/fd"
    for stream in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${stream#*:}" "$ROOT/dev/${stream%:*}"; done
    mount -t tmpfs tmpfs "$ROOT/run"
    mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
    mkdir "$ROOT/tmp/packages"
    cp "$WORK"/packages/*.deb tests/package/inside.sh tests/package/school.sh "$ROOT/tmp/packages/"
    : > "$ROOT/etc/resolv.conf"
    ip link set lo up 2> /dev/null || chroot "$ROOT" ip link set lo up
    exec chroot "$ROOT" bash /tmp/packages/inside.sh'
