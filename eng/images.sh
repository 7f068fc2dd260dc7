#!/usr/bin/env bash
# usage: eng/images.sh FOLDER
# Writes FOLDER/mesh-operator.tar and FOLDER/mesh-proxy.tar, without a container runtime or a registry: a root of the few Debian
# packages that the program needs (no shell, no package manager), the program on top, as a user of its own. Each is an OCI
# archive that Docker loads, too, and has its contents beside it as SPDX. Times, order and paths are fixed, so that the same commit on the
# same Debian is to give the same digests (eng/images-check.sh).
set -euo pipefail
umask 022   # as these files are read by others
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "eng/images.sh: the files of an image belong to root, so packing them needs root" >&2; exit 1; }
eng/prerequisites.sh build images

mkdir -p "$1"
folder=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

readonly user=2102   # as eng/image-root.sh calls it
architecture=$(dpkg --print-architecture)
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")   # the proxy is linked against this machine's libc
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
version=$(sed -n 's|.*<VersionPrefix>\(.*\)</VersionPrefix>.*|\1|p' Directory.Build.props)

# archive FOLDER PREFIX FILE: a folder as a tar that is the same whoever makes it and when. umoci insert would leave out its end, which not everyone reads.
archive() {
  (cd "$1" && find . -mindepth 1 -maxdepth 1 -printf '%P\0' | LC_ALL=C sort -z) |
    tar -cf "$3" -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu --transform="flags=rSh;s|^|$2|" --null --files-from=-
}

# docker_manifest LAYOUT REFERENCE: what docker load reads where it doesn't know OCI's layout; the blobs are the same.
docker_manifest() {
  local manifest; manifest=$1/blobs/sha256/$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' "$1/index.json")
  jq --arg reference "$2" 'def blob: "blobs/\(sub(":"; "/"))"; [{Config: (.config.digest | blob), RepoTags: [$reference], Layers: [.layers[].digest | blob]}]' "$manifest"
}

# image NAME ROOT PROGRAMS: an image of two layers, packed and started once from what is in the archive.
image() {
  local name=$1 layout=$work/$1.oci bundle=$work/$1.bundle tag=$work/$1.oci:$version reference=docker.io/${1/-//}:$version
  chmod -R u=rwX,go=rX "$3"   # NuGet's cache has its files as the umask was
  archive "$2" '' "$work/$name.root.tar"
  archive "$3" app/ "$work/$name.app.tar"
  umoci init --layout "$layout"
  umoci new --image "$tag"
  umoci raw add-layer --history.created "$created" --history.created_by "packages of Debian $suite" --image "$tag" "$work/$name.root.tar"
  umoci raw add-layer --history.created "$created" --history.created_by "$name $version" --image "$tag" "$work/$name.app.tar"
  umoci config --no-history --image "$tag" --created "$created" --config.user $user:$user --config.entrypoint "/app/$name" --config.workingdir /app \
    --config.env DOTNET_EnableDiagnostics=0 --config.env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
  umoci gc --layout "$layout"
  # The name that containerd and Docker give it when they load the archive: mesh/operator, as the manifests call it.
  sed -i "s|\"org.opencontainers.image.ref.name\"|\"io.containerd.image.name\":\"$reference\",&|" "$layout/index.json"
  docker_manifest "$layout" "${reference#docker.io/}" > "$layout/manifest.json"
  archive "$layout" '' "$folder/$name.tar"

  mkdir "$work/$name.unpacked"
  tar -C "$work/$name.unpacked" -xf "$folder/$name.tar"
  umoci unpack --image "$work/$name.unpacked:$version" "$bundle" > /dev/null
  # With /proc, which a container has too and CoreCLR can't do without; the mount ends with its namespace.
  local told; told=$(unshare --mount bash -c 'mkdir -p "$0/proc" && mount --bind /proc "$0/proc" &&
    exec env -i DOTNET_EnableDiagnostics=0 "$(command -v chroot)" --userspec="$1" "$0" "$2" --version' "$bundle/rootfs" $user:$user "/app/$name")
  printf '%-14s %-10s %5s MB, unpacked %5s MB, %3s packages, starts as user %s and says %s\n               %s\n' \
    "$name" "$version" "$(($(stat -c %s "$folder/$name.tar") / 1000000))" "$(du -sm "$bundle/rootfs" | cut -f 1)" "$(jq '.packages | length' "$folder/$name.spdx.json")" \
    $user "$told" "$(jq -r '.manifests[0].digest' "$layout/index.json")"
}

echo 'publishing the proxy, NativeAOT'
# Where it is built is no part of it: names of types that are private to their file come of the file's path, and of generated code, which symbols
# embed, the program has a checksum.
eng/publish-proxy.sh artifacts/proxy -v q -p:DebugType=none "-p:PathMap=$PWD=/_"
mkdir -p "$work/proxy"
cp artifacts/proxy/mesh-proxy "$work/proxy/"

echo 'publishing the operator, self-contained and compiled ahead of time'
eng/publish-operator.sh "$work/operator" --use-current-runtime -v q "-p:PathMap=$PWD=/_"

echo "roots of Debian $suite"
eng/image-root.sh mesh-proxy "$work/proxy.root" "$suite" "$architecture"
eng/image-root.sh mesh-operator "$work/operator.root" "$suite" "$architecture"

eng/sbom.sh mesh-proxy "$version" "$created" "$work/proxy.root.packages" src/Proxy/obj/project.assets.json > "$folder/mesh-proxy.spdx.json"
eng/sbom.sh mesh-operator "$version" "$created" "$work/operator.root.packages" src/Operator/obj/project.assets.json > "$folder/mesh-operator.spdx.json"

image mesh-proxy "$work/proxy.root" "$work/proxy"
image mesh-operator "$work/operator.root" "$work/operator"

# What mesh-init does, in a network of its own: with root's user and the one capability.
unshare --mount --net bash -c 'mount --bind /proc "$0/proc" && exec setpriv --bounding-set -all,+net_admin,+sys_chroot --inh-caps -all env -i PATH= "$(command -v chroot)" "$0" /app/mesh-proxy init' \
  "$work/mesh-proxy.bundle/rootfs" && echo 'mesh-proxy     redirects connections with the nft of its image'
