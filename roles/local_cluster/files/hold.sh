#!/usr/bin/env bash
# Keeps other runs of Ansible off this cluster until this one ends, however it ends.
#   hold.sh LOCK
# Where another one works on it, prints its process id and ends with status 75.
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

# Ansible runs each task in a process that it forked.
run=$PPID
until is_ansible "$run" || [ "$run" -le 1 ]; do run=$(parent "$run"); done
while [ "$run" -gt 1 ] && is_ansible "$(parent "$run")"; do run=$(parent "$run"); done

exec 9<> "$lock"
# A run that has just ended lets go within a second.
if ! flock --timeout 5 9; then
    read -r holder <&9 || holder=
    [ "$holder" != "$run" ] || exit 0
    echo "${holder:-unknown}"
    exit 75
fi
echo "$run" > "$lock"
# tail waits for the run's end, and has the lock open meanwhile.
setsid tail --pid="$run" -f /dev/null < /dev/null > /dev/null 2>&1 &
