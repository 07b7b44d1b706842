#!/usr/bin/env bash
# Runs ansible-test sanity. It insists on a path that ends in ansible_collections/NAMESPACE/NAME and follows no
# link, so the files that git knows are laid out in such a place first.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
copy=$root/ansible_collections/modelops/serving
mkdir -p "$copy"
cd "$top"
git ls-files -z --cached --others --exclude-standard -- . ':!collections' |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --create --null --files-from=- | tar --extract --directory "$copy"
cd "$copy"
git init --quiet
git add .
# The modules build on kubernetes.core; ansible-test looks for it next door only.
core=$(ansible-galaxy collection list kubernetes.core 2> /dev/null | sed -n 's/^# //p' | tail -n 1)
mkdir -p "$root/ansible_collections/kubernetes"
cp -r "$core/kubernetes/core" "$root/ansible_collections/kubernetes/"
# Each test that needs tools of its own makes an environment for them, from PyPI.
ansible-test sanity --color no --python "$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$@"
