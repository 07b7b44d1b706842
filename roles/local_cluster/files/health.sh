#!/usr/bin/env bash
# Waits until the cluster works. Prints what it waits for, whenever that changes.
#   health.sh STATE_DIR BIN_DIR SECONDS NODES nodes|everything
# SECONDS 0 checks once. Exits with status 1 when the time is over, with the end of each component's log on standard
# error.
set -uo pipefail

state=$1
bin=$2
seconds=$3
nodes=$4
extent=$5

kubectl() {
    "$bin/kubectl" --kubeconfig "$state/credentials/admin.kubeconfig" --request-timeout=5s "$@" 2>/dev/null
}

lock_is_free() {
    [ ! -e "$state/run/lock" ] || flock --nonblock "$state/run/lock" true
}

# Prints the first thing that is wrong, if any.
obstacle() {
    local ready
    if lock_is_free; then
        echo "the cluster is not running"
    elif ! kubectl get --raw /readyz > /dev/null; then
        echo "the API server is not ready"
    else
        ready=$(kubectl get nodes -o 'jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | grep -c True)
        if [ "$ready" -lt "$nodes" ]; then
            echo "$ready of $nodes nodes are ready"
        elif [ "$extent" = everything ]; then
            unavailable_addon
        fi
    fi
}

unavailable_addon() {
    local template='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Available")].status}{"\n"}{end}'
    {
        kubectl get deployments -l modelops.serving/addon -A -o "jsonpath=$template"
        kubectl get apiservice v1beta1.metrics.k8s.io -o 'jsonpath={.metadata.name} {.status.conditions[?(@.type=="Available")].status}{"\n"}'
    } | awk '$2 != "True" { if (!name) name = $1 } END { if (NR < 4) print "the add-ons are missing"; else if (name) print name " is not available" }'
}

show_logs() {
    local log
    echo "init: $(tail -n 3 "$state/log/init.log" 2>/dev/null)"
    for log in "$state"/log/{kube-apiserver,etcd,containerd-node*,kubelet-node*}.log; do
        echo "$(basename "$log" .log): $(grep -vE '^(I|W)[0-9]{4}|level=(info|warning)' "$log" 2>/dev/null | tail -n 3)"
    done
    [ "$extent" = nodes ] || kubectl get pods -A
    kubectl logs -n kube-system -l k8s-app --prefix --tail 5
}

deadline=$((SECONDS + seconds))
printed=
while :; do
    now=$(obstacle)
    [ -n "$now" ] || exit 0
    if [ "$now" != "$printed" ]; then
        echo "waiting: $now"
        printed=$now
    fi
    [ "$SECONDS" -lt "$deadline" ] || break
    # A cluster that stopped right after its start does not come back by waiting.
    if [ "$SECONDS" -gt 5 ] && lock_is_free; then break; fi
    sleep 0.5
done
[ "$seconds" -eq 0 ] || show_logs >&2
exit 1
