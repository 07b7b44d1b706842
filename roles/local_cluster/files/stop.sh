#!/usr/bin/env bash
# Stops the cluster if it is running, and waits until all its processes have ended.
#   stop.sh STATE_DIR CGROUP_PATTERN
set -euo pipefail

state=$1
cgroups=$2
[ -d "$state/run" ] || exit 0

running() {
    ! flock --nonblock "$state/run/lock" true
}

if running; then
    echo stopping
    first=$(cat "$state/run/pid")
    # The supervisor is the only child. On SIGTERM it lets etcd finish its writes.
    pkill --parent "$first" --signal TERM || true
    for _ in $(seq 150); do
        running || break
        sleep 0.2
    done
    if running; then
        kill -KILL "$first"
        flock --timeout 20 "$state/run/lock" true
    fi
fi
for _ in $(seq 25); do
    find /sys/fs/cgroup -depth -type d -path "*/$cgroups*" -exec rmdir {} + 2>/dev/null || true
    [ -n "$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$cgroups*")" ] || break
    sleep 0.2
done
