#!/usr/bin/env bash
# Makes the development environment from a lock.
#   environment.sh PYTHON FOLDER LOCK
set -euo pipefail

python=$1
folder=$2
lock=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "$python is $("$python" --version 2>&1 || true): Python 3.11 or newer is needed. Name one with PYTHON=…" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu keep the venv module in a package of its own.
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "installing $package"
    apt-get install --quiet --yes "$package" > /dev/null 2>&1 || {
        apt-get update --quiet > /dev/null && apt-get install --quiet --yes "$package" > /dev/null
    }
fi
echo "making the environment in $folder (about 2 minutes the first time)"
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$lock" &
install=$!
seconds=0
while kill -0 "$install" 2> /dev/null; do
    sleep 5
    seconds=$((seconds + 5))
    [ $((seconds % 20)) -ne 0 ] || echo "  … $(find "$folder"/lib/python*/site-packages -maxdepth 1 -name '*.dist-info' | wc -l) of $(grep -c '==' "$lock") packages, $seconds s"
done
wait "$install"
