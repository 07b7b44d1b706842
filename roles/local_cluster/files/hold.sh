#!/usr/bin/env bash
# Locks the cluster for this run of Ansible. The lock is released when the run ends, however it ends.
#   hold.sh LOCK
# If another run has the lock, prints its process id and exits with status 75.
set -euo pipefail

lock=$1

is_ansible() {
    local words=()
    mapfile -d '' -t words 2>/dev/null < "/proc/$1/cmdline" || return 1
    [[ "${words[0]:-}" =~ (^|/)ansible(-[a-z]+)?$ || "${words[1]:-}" =~ (^|/)ansible(-[a-z]+)?$ ]]
}

parent() {
    awk '/^PPid:/ { print $2 }' "/proc/$1/status"
}

# Finds the main process of Ansible, which forks a process for each task.
run=$PPID
until is_ansible "$run" || [ "$run" -le 1 ]; do run=$(parent "$run"); done
while [ "$run" -gt 1 ] && is_ansible "$(parent "$run")"; do run=$(parent "$run"); done

exec 9<> "$lock"
# A run that has just ended releases the lock within a second.
if ! flock --timeout 5 9; then
    read -r holder <&9 || holder=
    [ "$holder" != "$run" ] || exit 0
    echo "${holder:-unknown}"
    exit 75
fi
echo "$run" > "$lock"
# tail waits for the end of the run, and keeps the lock until then.
setsid tail --pid="$run" -f /dev/null < /dev/null > /dev/null 2>&1 &
