#!/bin/sh
# Builds the Debian package of exeat: program, systemd units, manual, completions, policies, lists, guides, and
# scripts that keep mail safe while it is installed, updated and removed (deploy/debian). The relay needs no Rust.
#
#   deploy/package.sh                      builds the program, then target/package/exeat_VERSION_ARCH.deb
#   deploy/package.sh --binary FILE        packs a program that was built before
#   deploy/package.sh --version 0.1.1~rc1  calls the package another version
#   deploy/package.sh --to FOLDER          puts the package there
#
# Examples:
#   deploy/package.sh && scp target/package/exeat_*.deb relay:
#   ssh relay apt install ./exeat_0.1.0_amd64.deb
#
# As root it installs what it needs to build (debhelper, dh-apparmor, lintian); an ordinary user is told. Ends with 0
# only where lintian finds no error. The program runs on the Debian release it was built on, and on later ones.
set -eu
cd "$(dirname "$0")/.."

usage() { sed -n '2,14p' "$0" | sed 's/^# \{0,1\}//'; }
BINARY='' VERSION='' TO=target/package
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --binary) BINARY=${2:?"--binary needs a file"}; shift ;;
    --version) VERSION=${2:?"--version needs a version"}; shift ;;
    --to) TO=${2:?"--to needs a folder"}; shift ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

need() { # PACKAGES...: those of them that are not here
    missing=$(for package in "$@"; do dpkg -s "$package" 2>/dev/null | grep -q '^Status: .* installed$' || echo "$package"; done)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # one word for each package
    if [ "$(id -u)" -eq 0 ]; then
        { apt-get install -y -qq --no-install-recommends $missing || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; }; } > /dev/null
    else
        echo "package.sh: missing; an administrator installs them with: apt-get install" $missing >&2
        exit 1
    fi
}
need build-essential debhelper dh-apparmor fakeroot lintian

[ -n "$VERSION" ] || VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
if [ -z "$BINARY" ]; then
    cargo build --release --locked
    BINARY=target/release/exeat
fi
mkdir -p "$TO"
TO=$(cd "$TO" && pwd)
TREE=$TO/exeat-$VERSION
rm -rf "$TREE"
mkdir -p "$TREE/completions" "$TREE/man" "$TREE/sbin" "$TREE/debian" "$TREE/deploy"

install -m 755 "$BINARY" "$TREE/exeat"
"$TREE/exeat" man "$TREE/man"
"$TREE/exeat" completions bash > "$TREE/completions/exeat"
"$TREE/exeat" completions zsh > "$TREE/completions/_exeat"
"$TREE/exeat" completions fish > "$TREE/completions/exeat.fish"
cp -r rules README.md CHANGELOG.md "$TREE/"
for part in exeat.toml sample postfix grafana prometheus systemd apparmor guides; do
    if [ -e "deploy/$part" ]; then cp -r "deploy/$part" "$TREE/deploy/"; fi
done
install -m 755 deploy/install.sh "$TREE/sbin/exeat-install-postfix"
if [ -f deploy/bypass.sh ]; then install -m 755 deploy/bypass.sh "$TREE/sbin/exeat-bypass"; fi
# The scripts' manual is what they say of themselves.
for script in "$TREE"/sbin/*; do
    name=$(basename "$script")
    {
        printf '.TH %s 8 "" "exeat %s" "Administration"\n.SH NAME\n' "$name" "$VERSION"
        "$script" --help | sed -n "1{s/\\\\/\\\\e/g; s/-/\\\\-/g; s/^/$name \\\\- /; s/\\.\$//; p}"
        printf '.SH DESCRIPTION\n.nf\n'
        "$script" --help | sed '1d; s/\\/\\e/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/'
        printf '.fi\n.SH SEE ALSO\nexeat(1)\n'
    } > "$TREE/man/$name.8"
done
# What is built in, with its licence.
cargo tree --locked --edges normal --prefix none --format '{p}: {l}' | sed 's/ (\*)$//; s/ (\/[^)]*)//; s/ (proc-macro)//' |
    LC_ALL=C sort -u > "$TREE/built-in.txt"

cp deploy/debian/* "$TREE/debian/"
rm "$TREE/debian/functions.sh"
for script in preinst postinst prerm postrm; do
    sed -e '/^#FUNCTIONS#$/{r deploy/debian/functions.sh' -e 'd}' "deploy/debian/$script" > "$TREE/debian/$script"
done
mit=$(tail -n +3 LICENSE-MIT | sed 's/^/ /; s/^ $/ ./')
awk -v text="$mit" '$0 == "@MIT@" { print text; next } { print }' deploy/debian/copyright > "$TREE/debian/copyright"
# Whoever builds it for others puts a name of their own there.
MAINTAINER="${DEBFULLNAME:-exeat} <${DEBEMAIL:-packages@exeat.example}>"
sed -i "s|@MAINTAINER@|$MAINTAINER|" "$TREE/debian/control"
{ [ ! -d "$TREE/deploy/guides" ] || echo deploy/guides; } >> "$TREE/debian/docs"
{ [ ! -d "$TREE/deploy/prometheus" ] || echo deploy/prometheus usr/share/exeat; } >> "$TREE/debian/install"
stamp=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
cat > "$TREE/debian/changelog" << END
exeat ($VERSION) unstable; urgency=medium

  * What changed stands in /usr/share/doc/exeat/changelog.gz.

 -- $MAINTAINER  $(date -u -R -d "@$stamp")
END

( cd "$TREE" && DEB_BUILD_OPTIONS="noautodbgsym nocheck" dpkg-buildpackage --build=binary --no-sign --no-pre-clean > ../build.log 2>&1 ) ||
    { tail -n 40 "$TO/build.log" >&2; exit 1; }
package=$TO/exeat_${VERSION}_$(dpkg --print-architecture).deb
rm -rf "$TREE"
lintian --fail-on error --allow-root "$package"
echo "$package"
