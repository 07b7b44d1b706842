#!/usr/bin/env bash
# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# Builds the image and delivers it to the cluster. Settings come from the environment (vars/main.yml of the role).
#
#   image.sh missing   prints what is missing: "image", "delivery", "alias", or the digest of what was pushed, or nothing
#   image.sh prepare   sees that there are a builder and, for BASE="", the base image of Debian packages
#   image.sh build     builds the image, and an archive of it if the delivery needs one
#   image.sh deliver   pushes, imports or loads it
#   image.sh digest    prints the digest that the registry has for it, where it is pushed
#
# $CACHE has the results: the builder's storage in buildah, build contexts and archives in images. Several targets may build
# and deliver at once, also the same image: what one does, the others wait for and find done.
set -euo pipefail
# Where errors go, also those of a command whose output goes elsewhere; and what is told on the way.
exec 3>&2 4>/dev/null

archive="$CACHE/images/${REFERENCE//[\/:]/_}.tar"
format=oci-archive
if [ "$DELIVER" = minikube ]; then # its Docker may be too old for the OCI format
    archive="${archive%.tar}.docker.tar"
    format=docker-archive
fi
log="$CACHE/images/build.log"
# A run takes hours at most, from its first look at an archive to the delivery to its last target.
archive_minutes=360

fail() {
    echo "$*" >&2
    exit 1
}

# Goes on when no other run holds the lock, which ends with the process. Without the command flock there are no locks.
lock() { # NAME WHAT
    command -v flock >/dev/null || return 0
    mkdir -p "$CACHE/images"
    exec 9>"$CACHE/images/.$1.lock"
    flock --nonblock 9 || {
        echo "waits for another target's $2"
        flock 9
    }
}

builder() {
    local name
    if [ "$BUILDER" != auto ]; then
        command -v "$BUILDER" >/dev/null || fail "$BUILDER is not installed: install it or change model_image_builder"
        echo "$BUILDER"
        return
    fi
    for name in buildah podman docker; do
        # A docker client without its daemon cannot build.
        if [ "$name" = docker ] && ! docker info >/dev/null 2>&1; then continue; fi
        if command -v "$name" >/dev/null; then
            echo "$name"
            return
        fi
    done
    can_install || fail "buildah, podman and docker are missing: install one of them to build the image"
    echo buildah
}

can_install() {
    [ "$BUILDER_INSTALL" = True ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_packages() {
    local missing=()
    [ "$1" != buildah ] || command -v buildah >/dev/null || missing+=(buildah)
    [ -n "$BASE" ] || command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    ! asks_by_skopeo || command -v skopeo >/dev/null || missing+=(skopeo)
    [ ${#missing[@]} -gt 0 ] || return 0
    can_install || fail "${missing[*]} is not installed: install it, or run as root with apt and model_image_builder_install=true"
    echo "installing ${missing[*]}"
    apt-get update -q >>"$log" 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$log" 2>&1
}

# Runs the builder with the options that every command needs.
build_tool() {
    case $tool in
        buildah) buildah --root "$CACHE/buildah/storage" --runroot "$CACHE/buildah/run" --storage-driver overlay "$@" ;;
        *) "$tool" "$@" ;;
    esac
}

build_image() { # CONTEXT TAG [OPTION...]
    local folder=$1 tag=$2
    shift 2
    case $tool in
        buildah) build_tool bud --isolation chroot --layers --tag "$tag" "$@" "$folder" ;;
        podman) podman build --layers --tag "$tag" "$@" "$folder" ;;
        docker) DOCKER_BUILDKIT=1 docker build --progress plain --tag "$tag" "$@" "$folder" ;;
    esac
}

image_exists() {
    case $tool in
        buildah) build_tool inspect --type image "$1" >/dev/null 2>&1 ;;
        *) "$tool" image inspect "$1" >/dev/null 2>&1 ;;
    esac
}

images() { # SOCKET ARGUMENT...
    local socket=$1
    shift
    "$CTR" --address "$socket" --namespace k8s.io images "$@"
}

# Prints the digest of the image that has this name there, nothing if none has.
imported_digest() { # SOCKET NAME
    images "$1" ls "name==$2" | awk 'NR == 2 { print $3 }'
}

# Prints the containerd sockets that do not have the image.
sockets_without() {
    local socket
    for socket in $CONTAINERD_SOCKETS; do
        [ -S "$socket" ] || fail "$socket does not exist: bring the cluster up or fix model_image_containerd_sockets"
        [ -n "$(imported_digest "$socket" "$REFERENCE")" ] || echo "$socket"
    done
}

# Prints the containerd sockets where the alias is another image's.
sockets_without_alias() {
    local socket
    [ -n "$ALIAS" ] || return 0
    for socket in $CONTAINERD_SOCKETS; do
        [ "$(imported_digest "$socket" "$REFERENCE")" = "$(imported_digest "$socket" "$ALIAS")" ] || echo "$socket"
    done
}

# Buildah and Podman show no manifest as it is in the registry.
asks_by_skopeo() { [ "$DELIVER" = push ] && [ "$tool" != docker ]; }

# What registries, and what stands before them, answer: the first row with words of an answer says what it means.
#   absent   there is no such image yet
#   unclear  a registry's answer also for what was never pushed, whoever asks
#   refused  the login is missing, wrong or has expired: ECR, ACR, Artifact Registry and the others, each in its words
#   away     nobody answers, or not as a registry: no build and no push will mend it
#   busy     the same, and it may be over in a moment
answers="absent|manifest unknown|MANIFEST_UNKNOWN|name unknown|NAME_UNKNOWN|repository name not known|does not exist|404 .?Not Found|: not found
unclear|requested access to the resource is denied
refused|authorization token has expired|no basic auth credentials|Unauthenticated request|authentication required\
|invalid username/password|incorrect username or password|[Uu]nable to retrieve auth token|HTTP Basic: Access denied\
|[Aa]uthentication failed|[Tt]oken (has |is )?(expired|invalid)|invalid_token
away|no such host|connection refused|no route to host|network is unreachable|x509:|server gave HTTP|proxyconnect
busy|i/o timeout|context deadline exceeded|TLS handshake timeout|server misbehaving|[Tt]emporary failure|connection reset\
|unexpected EOF|status( code)?:? 5[0-9][0-9]|50[0-9] [A-Z][a-z]|[Tt]oo many requests|toomanyrequests"

# Prints one of these, "there", or "unclear" for what none of them has.
meaning() { # STATUS FILE
    local means words
    if [ "$1" = 0 ]; then
        echo there
        return
    fi
    while IFS='|' read -r means words; do
        if grep -qE "$words" "$2"; then
            echo "$means"
            return
        fi
    done <<<"$answers"
    echo unclear
}

ask_registry() { # FOLDER
    local status=0
    case $tool in
        docker) docker buildx imagetools inspect --raw "$REFERENCE" >"$1/manifest" 2>"$1/said" || status=$? ;;
        *) skopeo inspect --raw "docker://$REFERENCE" >"$1/manifest" 2>"$1/said" || status=$? ;;
    esac
    meaning $status "$1/said"
}

# Prints the digest that the registry has for the image, nothing if it has none or does not say so.
pushed_digest() {
    local work means tries=3 registry=${REFERENCE%%/*}
    ! asks_by_skopeo || command -v skopeo >/dev/null || return 0
    work=$(mktemp -d)
    means=$(ask_registry "$work")
    while [ "$means" = busy ] && [ $((tries -= 1)) -gt 0 ]; do
        sleep 2
        means=$(ask_registry "$work")
    done
    case $means in
        there) echo "sha256:$(sha256sum "$work/manifest" | cut -d' ' -f1)" ;;
        unclear) echo "it is not known whether $registry takes the login: $(tail -n 1 "$work/said")" >&4 ;;
        refused | away | busy) tail -n 1 "$work/said" >&2 ;;
    esac
    rm -r "$work"
    case $means in
        refused) fail "$registry does not take the login: log in to it anew, or fix model_image_registry" ;;
        away | busy) fail "$registry cannot be asked: fix model_image_registry, or let it be reached from here" ;;
    esac
}

undelivered() {
    case $DELIVER in
        none) return 1 ;;
        containerd) [ -n "$(sockets_without)" ] ;;
        minikube) ! "$MINIKUBE" -p "$MINIKUBE_PROFILE" image ls | grep -qF "$REFERENCE" ;;
    esac
}

has_archive() { [ "$DELIVER" = containerd ] || [ "$DELIVER" = minikube ]; }

missing_in_the_registry() {
    local found
    found=$(pushed_digest)
    if [ -n "$found" ]; then
        echo "$found"
        return
    fi
    ! asks_by_skopeo || command -v skopeo >/dev/null || can_install \
        || fail "skopeo is not installed: install it. It tells the digest of what was pushed"
    echo delivery
    image_exists "$REFERENCE" || echo image
}

missing() {
    [ -z "$CA_BUNDLE" ] || [ -r "$CA_BUNDLE" ] || fail "cannot read $CA_BUNDLE: fix model_image_ca_bundle"
    [ -z "$PIP_CONF" ] || [ -r "$PIP_CONF" ] || fail "cannot read $PIP_CONF: fix model_image_pip_conf"
    [ "$DELIVER" != minikube ] || command -v "$MINIKUBE" >/dev/null \
        || fail "$MINIKUBE is not installed: install it, or set model_image_minikube_program"
    if [ "$DELIVER" = none ]; then
        image_exists "$REFERENCE" || echo image
        return
    fi
    if [ "$DELIVER" = push ]; then
        missing_in_the_registry
        return
    fi
    # Here, because inside a condition a missing socket would not end the script.
    [ "$DELIVER" != containerd ] || sockets_without >/dev/null
    if ! undelivered; then
        [ "$DELIVER" != containerd ] || [ -z "$(sockets_without_alias)" ] || echo alias
        return 0
    fi
    echo delivery
    keep_archive || echo image
}

# From now on it counts as used, so that the build for another target does not remove it before it is delivered. Fails if
# there is none.
keep_archive() { [ -f "$archive" ] && touch "$archive"; }

base_image() {
    if [ -n "$BASE" ]; then
        base=$BASE
        return
    fi
    base="localhost/modelops-serving/base:$SUITE"
    ! image_exists "$base" || return 0
    echo "base image from Debian $SUITE packages (1 minute)"
    local work
    work=$(mktemp -d "$CACHE/images/.base-XXXXXX")
    # Without manual pages and translations: they only make the image larger.
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
    # A run that was killed leaves a part of one, and no builder writes over that.
    rm -f "$archive.new"
    case $tool in
        buildah) build_tool push --quiet --disable-compression "$REFERENCE" "$format:$archive.new:$REFERENCE" ;;
        podman) podman save --quiet --format "$format" --output "$archive.new" "$REFERENCE" ;;
        docker) docker save --output "$archive.new" "$REFERENCE" ;;
    esac >>"$log" 2>&1
    mv "$archive.new" "$archive"
    remove_old_archives
}

# Keeps the two that were used last, so that a rollback needs no build, and all that other targets may yet wait for.
remove_old_archives() {
    local used_after
    used_after=$(($(printf '%(%s)T' -1) - archive_minutes * 60))
    find "$CACHE/images" -maxdepth 1 -name '*.tar' -printf '%T@ %p\n' | sort -rn \
        | awk -v used_after="$used_after" 'NR > 2 && $1 < used_after { sub(/^[^ ]* /, ""); print }' | xargs -r -d '\n' rm -f --
}

show_log() {
    [ $? -eq 0 ] || { echo "the build failed; the whole log is $log; its end:" >&3; tail -n 20 "$log" >&3; }
}

prepare() {
    mkdir -p "$CACHE/images"
    : >"$log"
    trap show_log EXIT
    install_packages "$tool"
    # What asks the registry may be here only now. The log of the build has nothing of it.
    trap - EXIT
    [ "$DELIVER" != push ] || pushed_digest 4>&1 >/dev/null
    trap show_log EXIT
    base_image
}

# Whether there is what a build makes, by now.
is_built() {
    if has_archive; then keep_archive; else image_exists "$REFERENCE"; fi
}

build() {
    lock build build
    if is_built; then
        echo "image $REFERENCE was built meanwhile"
        return
    fi
    prepare
    local secrets=()
    [ -z "$CA_BUNDLE" ] || secrets+=(--secret "id=pip_ca,src=$CA_BUNDLE")
    [ -z "$PIP_CONF" ] || secrets+=(--secret "id=pip_conf,src=$PIP_CONF")
    echo "image $REFERENCE with $tool (1 minute)"
    # Shows only the steps of the builder's output.
    build_image "$CONTEXT" "$REFERENCE" --build-arg "BASE_IMAGE=$base" "${secrets[@]}" 2>&1 \
        | tee -a "$log" \
        | grep --line-buffered -oE 'STEP [0-9]+/[0-9]+: (FROM|RUN|COPY) .{0,60}|Using cache' || true
    image_exists "$REFERENCE" || exit 1
    if has_archive; then save_archive; fi
}

deliver() {
    local socket
    lock "${REFERENCE//[\/:]/_}" "delivery of $REFERENCE"
    case $DELIVER in
        containerd)
            for socket in $(sockets_without); do
                echo "import into $socket"
                images "$socket" import "$archive" >/dev/null
            done
            for socket in $(sockets_without_alias); do
                images "$socket" tag --force "$REFERENCE" "$ALIAS" >/dev/null
            done
            ;;
        minikube) ! undelivered || "$MINIKUBE" -p "$MINIKUBE_PROFILE" image load "$archive" ;;
        push)
            install_packages "$tool"
            if [ -n "$(pushed_digest)" ]; then
                echo "$REFERENCE was pushed meanwhile"
                return
            fi
            echo "push $REFERENCE"
            build_tool push --quiet "$REFERENCE" >/dev/null \
                || fail "${REFERENCE%%/*} did not take the image: log in to it, make the repository if it needs one, or fix model_image_registry"
            ;;
    esac
}

digest() {
    local found
    found=$(pushed_digest)
    [ -n "$found" ] || fail "${REFERENCE%%/*} does not say what $REFERENCE is: may this login read there, too?"
    echo "$found"
}

tool=$(builder)
"$1"
