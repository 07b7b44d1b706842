#!/usr/bin/env bash
# Runs ansible-test sanity. It needs a path that ends in ansible_collections/NAMESPACE/NAME, and follows no links, so the
# files in git are first copied to such a folder. Left out: the chart, which is no part of the collection and whose templates
# are no YAML yet, and a description of the protocol that is not ours to edit.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
copy=$root/ansible_collections/modelops/serving
mkdir -p "$copy"
cd "$top"
git ls-files -z --cached --others --exclude-standard -- . ':!collections' ':!helm' ':!tests/server/protocols/open_inference' |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --create --null --files-from=- | tar --extract --directory "$copy"
cd "$copy"
git init --quiet
git add .
# The modules use kubernetes.core; ansible-test finds it only next to this collection.
core=$(ansible-galaxy collection list kubernetes.core 2> /dev/null | sed -n 's/^# //p' | tail -n 1)
mkdir -p "$root/ansible_collections/kubernetes"
cp -r "$core/kubernetes/core" "$root/ansible_collections/kubernetes/"
# It would fetch pip for its environments from another server; the wheel of the same version is on the package index.
internal=$(python -c 'import ansible_test._internal as found; print(found.__path__[0])')
pip=$(sed -n "s/^ *pip='\([0-9.]*\)',$/\1/p" "$internal/python_requirements.py")
cache=$HOME/.ansible/test/cache
if ! [ -s "$cache/pip-$pip-py3-none-any.whl" ]; then
    mkdir -p "$cache"
    rm -f "$cache"/pip-*.whl
    python -m pip download --quiet --disable-pip-version-check --no-deps --dest "$cache" "pip==$pip"
fi
cp "$top/tests/scripts/get_pip.py" "$cache/get_pip_${pip//./_}.py"
# Tests that need tools install them from PyPI into separate environments.
ansible-test sanity --color no --python "$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$@"
