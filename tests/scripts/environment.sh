#!/usr/bin/env bash
# Creates the development environment from a lock file.
#   environment.sh PYTHON FOLDER LOCK
set -euo pipefail

python=$1
folder=$2
lock=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "$python is $("$python" --version 2>&1 || true): Python 3.11 or newer is needed. Name one with PYTHON=…" >&2
    exit 1
}
# The environment that is about to be replaced may be first on the PATH.
python=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian and Ubuntu have the venv module in a separate package.
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "installing $package"
    apt-get install --quiet --yes "$package" > /dev/null 2>&1 || {
        apt-get update --quiet > /dev/null && apt-get install --quiet --yes "$package" > /dev/null
    }
fi
echo "making the environment in $folder"
rm -rf "$folder"
"$python" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "uv==$(sed -n 's/^uv==\([^ ]*\).*/\1/p' "$lock")"
# uv does not read pip's configuration, so an index or a CA that is set there is passed on.
if index=$("$folder/bin/pip" config get global.index-url 2> /dev/null); then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}; fi
"$folder/bin/uv" pip install --no-progress --python "$folder/bin/python" --require-hashes --requirement "$lock" 2>&1 |
    sed '/^ [+-] /d'
