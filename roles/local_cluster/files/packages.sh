#!/usr/bin/env bash
# Installs Debian packages. A service that comes with one of them is switched off again: the cluster starts its
# own, and the machine's stay what they were.
#   packages.sh PACKAGE...
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
# An installation that was killed is finished first.
dpkg --configure -a >&2
echo "installing $*"
apt-get update -q >&2 || echo "the package lists could not all be renewed; going on with those that are here" >&2
before=$(systemctl list-unit-files --type=service --no-legend 2>/dev/null | awk '{print $1}' || true)
apt-get install -q --yes --no-install-recommends "$@" >&2
systemctl list-unit-files --type=service --no-legend 2>/dev/null | awk '{print $1}' |
    grep -E '^(containerd|etcd|nftables)\.service$' | grep -vxF "$before" | xargs -r systemctl disable --now >&2 || true
