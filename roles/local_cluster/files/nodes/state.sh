#!/usr/bin/env bash
# Brings a node into a state in which real ones are found. Prints the state when that is another one than before.
#   state.sh STATE_DIR CGROUP_PREFIX SUPERVISORCTL NODE running|stopped|frozen|cut_off|slow
# The state stands in STATE_DIR/run/NODE.state while it is not "running".
set -euo pipefail

state=$1
supervisorctl=$3
node=$4
wanted=$5
cgroup=$2$node
mark=$state/run/$node.state
programs=("containerd-$node" "kubelet-$node" "kube-proxy-$node")

# In the cluster's own namespaces.
inside() {
    nsenter --target "$(pgrep --parent "$(cat "$state/run/pid")")" --mount -- "$@"
}

ctl() {
    "$supervisorctl" -c "$state/etc/supervisord.conf" "$@" > /dev/null
}

link() {
    inside ip -n fabric link set "$node" "$1"
}

# The node's pods live in one cgroup: version 2, or one in each hierarchy of version 1.
write_to() {
    local path
    for path in /sys/fs/cgroup/"$cgroup/$1" /sys/fs/cgroup/*/"$cgroup/$1"; do
        if [ -w "$path" ]; then
            echo "$2" > "$path"
        fi
    done
}

processes() {
    find /sys/fs/cgroup -path "*/$cgroup/*" -name cgroup.procs -exec cat {} + 2> /dev/null | sort -u
}

freeze() {
    write_to freezer.state "$([ "$1" = 1 ] && echo FROZEN || echo THAWED)"
    write_to cgroup.freeze "$1"
}

# Microseconds of processor time that all pods of the node get in a tenth of a second; -1 is as much as there is.
limit_cpu() {
    write_to cpu.cfs_quota_us "$1"
    write_to cpu.max "$([ "$1" = -1 ] && echo max || echo "$1") 100000"
}

run() {
    freeze 0
    limit_cpu -1
    link up
    # Of a program that runs already the first is no error worth a word, of one that does not the second.
    ctl start "${programs[@]}" || true
    ctl signal CONT "${programs[@]}" || true
}

stop() {
    link down
    ctl stop "${programs[@]}" || true
    processes | xargs --no-run-if-empty kill -KILL 2> /dev/null || true
}

[ "$(cat "$mark" 2> /dev/null || echo running)" != "$wanted" ] || exit 0
run
rm -f "$mark"
case $wanted in
    stopped) stop ;;
    frozen) freeze 1 && ctl signal STOP "${programs[@]}" ;;
    cut_off) link down ;;
    slow) limit_cpu 10000 ;;
esac
[ "$wanted" = running ] || echo "$wanted" > "$mark"
echo "$node is $wanted"
