#!/usr/bin/env bash
# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Prints the path of a Chromium. If there is none, it installs Debian's package, or Playwright's build on Ubuntu, whose
# package only installs a snap.
set -euo pipefail

find_one() {
  for name in chromium chromium-browser google-chrome; do
    # Ubuntu's placeholder for the snap does not answer.
    if command -v "$name" > /dev/null && timeout 60 "$name" --version > /dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}

find_one && exit
# One at a time, as in packaged.sh; another program that installs is waited for.
exec 9> "${TMPDIR:-/tmp}/modelops-serving-apt.lock"
flock 9
install=(apt-get install --quiet --yes --option DPkg::Lock::Timeout=600 chromium)
{ "${install[@]}" || { apt-get update --quiet && "${install[@]}"; }; } > /dev/null 2>&1 || true
find_one && exit
python -m playwright install --with-deps chromium >&2
python -c 'from playwright.sync_api import sync_playwright as p
with p() as started: print(started.chromium.executable_path)'
