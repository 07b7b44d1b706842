#!/usr/bin/env bash
# Creates the certificates and kubeconfigs of the cluster that are missing, all of them or none.
#   credentials.sh FOLDER KUBEADM_CONFIG NAME=ADDRESS...
# FOLDER/pki has the certificates, FOLDER/*.kubeconfig the credentials of the admin and of every component.
# NAME=ADDRESS is a node. kubeadm must be on the PATH.
set -euo pipefail

folder=$1
config=$2
shift 2
part=$folder.part
years=3650
umask 077
rm -rf "$part"
if [ -d "$folder" ]; then cp -a "$folder" "$part"; else mkdir -p "$part"; fi

# kubeadm creates every certificate of a control plane, and keeps existing ones.
kubeadm init phase certs all --config "$config" >&2

kubeconfig() { # FILE USER [GROUP]
    [ ! -e "$part/$1.kubeconfig" ] || return 0
    kubeadm kubeconfig user --config "$config" --client-name "$2" ${3:+--org "$3"} --validity-period $((years * 24))h \
        > "$part/$1.kubeconfig"
}
kubeconfig admin kubernetes-super-admin system:masters
kubeconfig controller-manager system:kube-controller-manager
kubeconfig scheduler system:kube-scheduler
kubeconfig kube-proxy system:kube-proxy

serving_certificate() { # NAME SUBJECT ALTERNATIVE_NAMES
    [ ! -e "$part/pki/$1.crt" ] || return 0
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$2" -keyout "$part/pki/$1.key" 2>/dev/null |
        openssl x509 -req -days $years -CA "$part/pki/ca.crt" -CAkey "$part/pki/ca.key" -CAcreateserial \
            -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n' "$3") \
            -out "$part/pki/$1.crt" 2>/dev/null
}
for node in "$@"; do
    name=${node%%=*}
    kubeconfig "$name" "system:node:$name" system:nodes
    serving_certificate "$name" "/O=system:nodes/CN=system:node:$name" "DNS:$name,IP:${node#*=}"
done
serving_certificate metrics-server /CN=metrics-server.kube-system.svc DNS:metrics-server.kube-system.svc

rm -rf "$folder"
mv "$part" "$folder"
