#!/usr/bin/env bash
# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Prints the path of a program from a Debian package. The package is unpacked into the cache and not installed, so the
# machine stays unchanged. Libraries that the program needs and the machine lacks are unpacked beside it, in usr/lib.
#   packaged.sh PACKAGE PROGRAM
set -euo pipefail

package=$1
program=$2
folder=${XDG_CACHE_HOME:-$HOME/.cache}/modelops-serving/packages/$package

find_program() {
    find "$folder" -path "*bin/$program" -type f -perm -u+x -print -quit 2> /dev/null | grep .
}

unpack() {
    apt-get download -q "$@" >&2 || { apt-get update -q >&2 && apt-get download -q "$@" >&2; }
    for archive in ./*.deb; do dpkg-deb --extract "$archive" unpacked; done
}

# Packages of libraries that the package depends on, however far, and that are not installed.
lacking_libraries() {
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
        "$package" | grep -E '^lib' | sort -u | while read -r name; do
        status=$(dpkg-query --show --showformat '${db:Status-Status}' "$name" 2> /dev/null || true)
        [ "$status" = installed ] || echo "$name"
    done
}

find_program && exit
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
cd "$fresh"
# One at a time: two that read the package lists at once would refuse each other.
exec 9> "${TMPDIR:-/tmp}/modelops-serving-apt.lock"
flock 9
unpack "$package"
found=$(find unpacked -path "*bin/$program" -type f -perm -u+x -print -quit)
[ -n "$found" ] || { echo "the package $package has no program $program" >&2; exit 1; }
if ldd "$found" 2> /dev/null | grep "not found" > /dev/null; then
    mapfile -t lacking < <(lacking_libraries)
    unpack "${lacking[@]}"
fi
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv unpacked "$folder"
find_program
