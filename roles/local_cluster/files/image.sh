#!/usr/bin/env bash
# Builds the image of the programs that run as pods in the local cluster, as an OCI archive.
#   image.sh ARCHIVE REFERENCE STORAGE PAUSE PROGRAM...
# PAUSE is the command of a pod's sandbox: it sleeps and reaps zombies.
set -euo pipefail

archive=$1
reference=$2
storage=$3
pause=$(command -v "$4")
shift 4
buildah=(buildah --root "$storage" --runroot "$storage/run" --storage-driver overlay)

mkdir -p "$(dirname "$archive")" "$storage"
echo "building the image of the add-ons"
container=$("${buildah[@]}" from scratch)
trap '"${buildah[@]}" rm "$container" >&2' EXIT
"${buildah[@]}" copy --quiet "$container" "$pause" "$@" / >&2
"${buildah[@]}" config --entrypoint "[\"/$(basename "$pause")\", \"-P\"]" --user 65532:65532 "$container" >&2
rm -f "$archive.part"
"${buildah[@]}" commit --quiet --disable-compression "$container" "oci-archive:$archive.part:$reference" >&2
mv "$archive.part" "$archive"
