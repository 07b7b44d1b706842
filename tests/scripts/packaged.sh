#!/usr/bin/env bash
# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Prints the path of a program from a Debian package. The package is unpacked into the cache and not installed, so the
# machine stays unchanged.
#   packaged.sh PACKAGE PROGRAM
set -euo pipefail

package=$1
program=$2
folder=${XDG_CACHE_HOME:-$HOME/.cache}/modelops-serving/packages/$package

find_program() {
    find "$folder" -path "*bin/$program" -type f -perm -u+x -print -quit 2> /dev/null | grep .
}

find_program && exit
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
cd "$fresh"
# One at a time: two that read the package lists at once would refuse each other.
exec 9> "${TMPDIR:-/tmp}/modelops-serving-apt.lock"
flock 9
apt-get download -q "$package" >&2 || { apt-get update -q >&2 && apt-get download -q "$package" >&2; }
dpkg-deb --extract ./*.deb unpacked
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv unpacked "$folder"
find_program || { echo "the package $package has no program $program" >&2; exit 1; }
