#!/usr/bin/env bash
# Prints the path of a Prometheus; its promtool stands next to it. Debian's package is unpacked into the cache where
# none is installed.
set -euo pipefail

if command -v prometheus; then
  exit
fi
folder=${XDG_CACHE_HOME:-$HOME/.cache}/modelops-serving/promtool
if [ ! -x "$folder/usr/bin/prometheus" ]; then
  mkdir -p "$folder"
  cd "$folder"
  apt-get download -q prometheus >&2
  dpkg-deb --extract prometheus_*.deb "$folder"
  rm prometheus_*.deb
fi
echo "$folder/usr/bin/prometheus"
