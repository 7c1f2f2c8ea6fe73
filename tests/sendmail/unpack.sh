#!/bin/sh
# Fetches odd milter clients from Debian's archive and unpacks them into a directory, without installing anything:
# Sendmail would take the place of the system's Postfix, and mtasim comes with a filter daemon.
#
#   unpack.sh DIR sendmail   Sendmail, its configuration macros and m4
#   unpack.sh DIR mtasim     the relay simulator of GNU mailfromd
#
# What is unpacked already is left as it is. Nothing runs as root that would not run as anybody else.
set -eu
[ $# -eq 2 ] || { sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'; exit 2; }
case $2 in
sendmail) packages="sendmail-bin sendmail-base sendmail-cf m4 libwrap0 liblockfile1 libnsl2 libtirpc3 libdb5.3 libldap-2.5-0 libsasl2-2 libssl3" ;;
mtasim) packages="mailfromd libmailutils9 libmu-dbm9 libadns1 libmaxminddb0 libltdl7 libgmp10 libnettle8 libhogweed6 libreadline8" ;;
*) echo "unpack.sh: $2 is neither sendmail nor mtasim" >&2; exit 2 ;;
esac
[ -f "$1/$2.there" ] && exit 0
command -v dpkg >/dev/null 2>&1 || { echo "unpack.sh: this is no Debian: dpkg is missing" >&2; exit 1; }
mkdir -p "$1/debs"
cd "$1"
# One by one after a failure: a library that another release names otherwise may be on this machine anyway.
# shellcheck disable=SC2086
(cd debs && apt-get download -qq $packages >/dev/null 2>&1) || for package in $packages; do
    (cd debs && apt-get download -qq "$package" >/dev/null 2>&1) || echo "unpack.sh: $package cannot be fetched" >&2
done
for archive in debs/*.deb; do
    [ -f "$archive" ] || { echo "unpack.sh: nothing could be fetched; apt-get update may help" >&2; exit 1; }
    dpkg -x "$archive" .
    rm "$archive"
done
if [ "$2" = sendmail ]; then
    # The group it would run as is not there; without this bit the libraries beside it are found.
    chmod g-s usr/libexec/sendmail/sendmail
    test -x usr/bin/m4
else
    test -x usr/bin/mtasim
fi
: > "$2.there"
