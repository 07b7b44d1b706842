#!/usr/bin/env bash
# Installs Debian packages. Disables new services of these packages, because the cluster starts its own. Services that
# the machine had before stay unchanged.
#   packages.sh PACKAGE...
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
# First finishes an installation that was interrupted.
dpkg --configure -a >&2
echo "installing $*"
apt-get update -q >&2 || echo "not all package lists could be updated; using the existing ones" >&2
before=$(systemctl list-unit-files --type=service --no-legend 2>/dev/null | awk '{print $1}' || true)
apt-get install -q --yes --no-install-recommends "$@" >&2
systemctl list-unit-files --type=service --no-legend 2>/dev/null | awk '{print $1}' |
    grep -E '^(containerd|etcd|nftables)\.service$' | grep -vxF "$before" | xargs -r systemctl disable --now >&2 || true
