#!/usr/bin/env bash
# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# Builds the image and takes it to the cluster. Settings come from the environment (vars/main.yml of the role).
#
#   image.sh missing   prints what is left to do: "image", "delivery", both or nothing
#   image.sh build     builds, and keeps an archive where the delivery needs one
#   image.sh deliver   pushes, imports or loads
#
# What is built is kept below $CACHE: the builder's storage (buildah), contexts and archives (images).
set -euo pipefail

archive="$CACHE/images/${REFERENCE//[\/:]/_}.tar"
log="$CACHE/images/build.log"

fail() {
    echo "$*" >&2
    exit 1
}

builder() {
    local name
    if [ "$BUILDER" != auto ]; then
        command -v "$BUILDER" >/dev/null || fail "model_image_builder: $BUILDER is not installed"
        echo "$BUILDER"
        return
    fi
    for name in buildah podman docker; do
        # A docker client without its engine cannot build.
        if [ "$name" = docker ] && ! docker info >/dev/null 2>&1; then continue; fi
        if command -v "$name" >/dev/null; then
            echo "$name"
            return
        fi
    done
    can_install || fail "no buildah, podman or docker to build the image with; install one of them (model_image_builder)"
    echo buildah
}

can_install() {
    [ "$BUILDER_INSTALL" = True ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_packages() {
    local missing=()
    [ "$1" != buildah ] || command -v buildah >/dev/null || missing+=(buildah)
    [ -n "$BASE" ] || command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    [ ${#missing[@]} -gt 0 ] || return 0
    can_install || fail "not installed: ${missing[*]} (model_image_builder_install needs apt and root)"
    echo "installing ${missing[*]}"
    apt-get update -q >>"$log" 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$log" 2>&1
}

# The builder with the options that every one of its commands needs.
build_tool() {
    case $tool in
        buildah) buildah --root "$CACHE/buildah/storage" --runroot "$CACHE/buildah/run" --storage-driver overlay "$@" ;;
        *) "$tool" "$@" ;;
    esac
}

build_image() { # folder of the context, tag, more options
    local folder=$1 tag=$2
    shift 2
    case $tool in
        buildah) build_tool bud --isolation chroot --layers --tag "$tag" "$@" "$folder" ;;
        podman) podman build --layers --tag "$tag" "$@" "$folder" ;;
        docker) DOCKER_BUILDKIT=1 docker build --progress plain --tag "$tag" "$@" "$folder" ;;
    esac
}

exists_here() {
    case $tool in
        buildah) build_tool inspect --type image "$1" >/dev/null 2>&1 ;;
        *) "$tool" image inspect "$1" >/dev/null 2>&1 ;;
    esac
}

# Sockets of containerd that have no such image yet.
sockets_without() {
    local socket
    for socket in $CONTAINERD_SOCKETS; do
        [ -S "$socket" ] || fail "model_image_containerd_sockets: $socket does not exist; is the cluster up?"
        "$CTR" --address "$socket" --namespace k8s.io images ls -q "name==$REFERENCE" | grep -q . || echo "$socket"
    done
}

undelivered() {
    case $DELIVER in
        none) return 1 ;;
        containerd) [ -n "$(sockets_without)" ] ;;
        minikube) ! minikube -p "$MINIKUBE_PROFILE" image ls | grep -qF "$REFERENCE" ;;
        push) ! build_tool manifest inspect "$([ "$tool" = docker ] || echo docker://)$REFERENCE" >/dev/null 2>&1 ;;
    esac
}

has_archive() { [ "$DELIVER" = containerd ] || [ "$DELIVER" = minikube ]; }

missing() {
    [ -z "$CA_BUNDLE" ] || [ -r "$CA_BUNDLE" ] || fail "model_image_ca_bundle: cannot read $CA_BUNDLE"
    [ -z "$PIP_CONF" ] || [ -r "$PIP_CONF" ] || fail "model_image_pip_conf: cannot read $PIP_CONF"
    if [ "$DELIVER" = none ]; then
        exists_here "$REFERENCE" || echo image
        return
    fi
    # Sockets are looked at here and not inside a condition, where their absence would not end the script.
    [ "$DELIVER" != containerd ] || sockets_without >/dev/null
    undelivered || return 0
    echo delivery
    if has_archive; then [ -f "$archive" ] || echo image; else exists_here "$REFERENCE" || echo image; fi
}

base_image() {
    if [ -n "$BASE" ]; then
        base=$BASE
        return
    fi
    base="localhost/modelops-serving/base:$SUITE"
    ! exists_here "$base" || return 0
    echo "base image from Debian $SUITE packages (1 minute)"
    local work
    work=$(mktemp -d "$CACHE/images/.base-XXXXXX")
    # What pages of documentation and translations weigh is not carried into every image.
    mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,ca-certificates \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$SUITE" "$work/base.tar" >>"$log" 2>&1
    printf 'FROM scratch\nADD base.tar /\nENV LANG=C.UTF-8\n' >"$work/Dockerfile"
    build_image "$work" "$base" >>"$log" 2>&1
    rm -r "$work"
}

save_archive() {
    echo "archive for the cluster"
    case $tool in
        buildah) build_tool push --quiet --disable-compression "$REFERENCE" "oci-archive:$archive.new:$REFERENCE" ;;
        podman) podman save --quiet --format oci-archive --output "$archive.new" "$REFERENCE" ;;
        docker) docker save --output "$archive.new" "$REFERENCE" ;;
    esac >>"$log" 2>&1
    mv "$archive.new" "$archive"
    # Older archives are as large as this one; the two newest allow a way back without a build.
    find "$CACHE/images" -maxdepth 1 -name '*.tar' -printf '%T@ %p\n' | sort -rn | tail -n +3 | cut -d' ' -f2- | xargs -r rm --
}

last_words() {
    [ $? -eq 0 ] || { echo "the build failed; all of it is in $log, its end:" >&2; tail -n 20 "$log" >&2; }
}

build() {
    mkdir -p "$CACHE/images"
    : >"$log"
    trap last_words EXIT
    install_packages "$tool"
    base_image
    local secrets=()
    [ -z "$CA_BUNDLE" ] || secrets+=(--secret "id=pip_ca,src=$CA_BUNDLE")
    [ -z "$PIP_CONF" ] || secrets+=(--secret "id=pip_conf,src=$PIP_CONF")
    echo "image $REFERENCE with $tool (1 minute)"
    # Of a builder's hundreds of lines, a person needs the steps.
    build_image "$CONTEXT" "$REFERENCE" --build-arg "BASE_IMAGE=$base" "${secrets[@]}" 2>&1 \
        | tee -a "$log" \
        | grep --line-buffered -oE 'STEP [0-9]+/[0-9]+: (FROM|RUN|COPY) .{0,60}|Using cache' || true
    exists_here "$REFERENCE" || exit 1
    if has_archive; then save_archive; fi
}

deliver() {
    local socket
    case $DELIVER in
        containerd)
            for socket in $(sockets_without); do
                echo "import into $socket"
                "$CTR" --address "$socket" --namespace k8s.io images import "$archive" >/dev/null
            done
            ;;
        minikube) minikube -p "$MINIKUBE_PROFILE" image load "$archive" ;;
        push)
            echo "push $REFERENCE"
            build_tool push --quiet "$REFERENCE" >/dev/null
            ;;
    esac
}

tool=$(builder)
"$1"
