#!/usr/bin/env bash
# Starts the cluster if it is not running.
#   start.sh STATE_DIR HOST_LINK CGROUP_PATTERN
# The cluster's first process has a lock while it runs; a killed process loses it.
set -euo pipefail

state=$1
link=$2
cgroups=$3
exec 9> "$state/run/lock"
flock --nonblock 9 || exit 0

# Cleans up after a killed run: links and mounts end with their namespaces, cgroups do not.
ip link delete "$link" 2>/dev/null || true
find /sys/fs/cgroup -depth -type d -path "*/$cgroups*" -exec rmdir {} + 2>/dev/null || true

cd /
(
    echo "$BASHPID" > "$state/run/pid"
    exec setsid unshare --fork --kill-child --pid --mount-proc --mount --propagation private sh "$state/etc/init.sh"
) < /dev/null > "$state/log/init.log" 2>&1 &
echo started
