#!/bin/bash
# Makes two later versions out of a package, for tests/package.sh: 9.0.0, whose program does not understand the store
# and spoils it, and 8.0.0, which is the same program.
#
#   versions.sh exeat_0.1.0_amd64.deb FOLDER
#
# Example:
#   tests/package/versions.sh target/package/exeat_0.1.0_amd64.deb /tmp
set -euo pipefail
case ${1:-} in -h | --help | '') sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'; [ -n "${1:-}" ]; exit ;; esac
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
dpkg-deb --raw-extract "$1" "$tree/exeat"
for version in 8.0.0 9.0.0; do
    sed -i "s/^Version: .*/Version: $version/" "$tree/exeat/DEBIAN/control"
    if [ "$version" = 9.0.0 ]; then
        mv "$tree/exeat/usr/bin/exeat" "$tree/exeat/usr/bin/exeat-real"
        cat > "$tree/exeat/usr/bin/exeat" << 'END'
#!/bin/sh
case "$1 $2" in
"held log")
    echo "half migrated" > /var/lib/exeat/store.sqlite
    echo "exeat: the store is of version 7, this program cannot bring it up to date" >&2
    exit 2 ;;
esac
exec /usr/bin/exeat-real "$@"
END
        chmod 755 "$tree/exeat/usr/bin/exeat"
    fi
    dpkg-deb --root-owner-group --build -Znone "$tree/exeat" "$2/exeat_$version.deb" > /dev/null
done
