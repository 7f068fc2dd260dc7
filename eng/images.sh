#!/usr/bin/env bash
# usage: eng/images.sh FOLDER
# Writes FOLDER/mesh-operator.tar and FOLDER/mesh-proxy.tar, without a container runtime or a registry: a root of the few Debian
# packages that the program needs (no shell, no package manager), the program on top, as a user of its own. Each is an OCI
# archive that Docker loads, too, and has its contents beside it as SPDX. Times, order and paths are fixed, so that the same commit on the
# same Debian is to give the same digests (eng/images-check.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "eng/images.sh: the files of an image belong to root, so packing them needs root" >&2; exit 1; }
eng/prerequisites.sh build images

mkdir -p "$1"
folder=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

readonly user=2102   # the proxy's, which interception leaves alone; the operator is given the same
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")   # the proxy is linked against this machine's libc
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
version=$(sed -n 's|.*<VersionPrefix>\(.*\)</VersionPrefix>.*|\1|p' Directory.Build.props)

# root FOLDER PACKAGE...: the packages' files and those of what they depend on; trust anchors; a user; nothing to run. FOLDER.packages lists them.
root() {
  local root=$1; shift
  # $1 is the hook's own: the root.
  # shellcheck disable=SC2016
  local list='for deb in "$1"/var/cache/apt/archives/*.deb; do dpkg-deb --show --showformat="\${Package}\t\${Version}\t\${Architecture}\n" "$deb"; done'
  mmdebstrap --quiet --variant=extract --include="$(IFS=,; echo "$*")" --extract-hook="$list > '$root.packages'" "$suite" "$root"
  mkdir -p "$work/ca"
  [ -e "$work/ca/usr" ] || (cd "$work/ca" && apt-get download -q ca-certificates > /dev/null && dpkg-deb -x ca-certificates_*.deb .) 2> /dev/null
  mkdir -p "$root/etc/ssl/certs" "$root/tmp"
  dpkg-deb --show --showformat='${Package}\t${Version}\t${Architecture}\n' "$work"/ca/ca-certificates_*.deb >> "$root.packages"
  cat "$work"/ca/usr/share/ca-certificates/mozilla/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
  chmod 1777 "$root/tmp"
  echo "mesh:x:$user:$user::/:/nonexistent" > "$root/etc/passwd"
  echo "mesh:x:$user:" > "$root/etc/group"
  # The one program of Debian's that ours runs.
  [ ! -e "$root/usr/sbin/nft" ] || install -D "$root/usr/sbin/nft" "$root/usr/local/sbin/nft"
  # And what mmdebstrap takes over from this machine.
  rm -rf "$root"/{bin,sbin,usr/bin,usr/sbin,var,usr/share/doc,usr/share/man,usr/share/lintian,usr/share/locale,etc/apt,etc/dpkg,etc/hostname,etc/resolv.conf}
}

# archive FOLDER PREFIX FILE: a folder as a tar that is the same whoever makes it and when. umoci insert would leave out its end, which not everyone reads.
archive() {
  (cd "$1" && find . -mindepth 1 -maxdepth 1 -printf '%P\0' | LC_ALL=C sort -z) |
    tar -cf "$3" -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu --transform="flags=rSh;s|^|$2|" --null --files-from=-
}

# docker_manifest LAYOUT REFERENCE: what docker load reads where it doesn't know OCI's layout; the blobs are the same.
docker_manifest() {
  local manifest=$1/blobs/sha256/$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' "$1/index.json")
  jq --arg reference "$2" 'def blob: "blobs/\(sub(":"; "/"))"; [{Config: (.config.digest | blob), RepoTags: [$reference], Layers: [.layers[].digest | blob]}]' "$manifest"
}

# image NAME ROOT PROGRAMS: an image of two layers, packed and started once from what is in the archive.
image() {
  local name=$1 layout=$work/$1.oci bundle=$work/$1.bundle tag=$work/$1.oci:$version reference=docker.io/${1/-//}:$version
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
# Where it is built is no part of it: names of types that are private to their file come of the file's path.
eng/publish-proxy.sh artifacts/proxy -v q "-p:PathMap=$PWD=/_"
mkdir -p "$work/proxy"
cp artifacts/proxy/mesh-proxy "$work/proxy/"

echo 'publishing the operator, self-contained and compiled ahead of time'
# The lock files speak of the packages that everyone restores; the runtime's own are wanted here only.
dotnet publish src/Operator -c Release --use-current-runtime --self-contained -p:PublishReadyToRun=true -p:DebugType=none "-p:PathMap=$PWD=/_" \
  -p:NuGetLockFilePath=obj/images.lock.json -p:PublishDocumentationFiles=false -o "$work/operator" --nologo -v q

echo "roots of Debian $suite"
root "$work/proxy.root" libc6 libssl3 nftables   # nft: for mesh-proxy init
root "$work/operator.root" libc6 libssl3 libstdc++6

runtime=$(jq -r '.runtimeOptions.includedFrameworks[] | select(.name == "Microsoft.NETCore.App").version' "$work/operator/mesh-operator.runtimeconfig.json")
eng/sbom.sh mesh-proxy "$version" "$created" "$work/proxy.root.packages" src/Proxy/packages.lock.json "$runtime" > "$folder/mesh-proxy.spdx.json"
eng/sbom.sh mesh-operator "$version" "$created" "$work/operator.root.packages" src/Operator/packages.lock.json "$runtime" > "$folder/mesh-operator.spdx.json"

image mesh-proxy "$work/proxy.root" "$work/proxy"
image mesh-operator "$work/operator.root" "$work/operator"

# What mesh-init does, in a network of its own: with root's user and the one capability.
unshare --mount --net bash -c 'mount --bind /proc "$0/proc" && exec setpriv --bounding-set -all,+net_admin,+sys_chroot --inh-caps -all env -i PATH= "$(command -v chroot)" "$0" /app/mesh-proxy init' \
  "$work/mesh-proxy.bundle/rootfs" && echo 'mesh-proxy     redirects connections with the nft of its image'
