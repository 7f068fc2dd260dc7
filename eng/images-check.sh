#!/usr/bin/env bash
# usage: eng/images-check.sh
# Builds the images of the last commit twice, in two folders, and compares them; then runs them as a cluster does, with a root that is read-only,
# as their own user, and with nothing but what is in them: the operator issues a certificate, and the proxy is ready with it.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "eng/images-check.sh: packing images, and running what is in them, needs root" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1" >&2; exit 1; }

commit=$(git rev-parse HEAD)
for build in first second; do
  git clone --quiet . "$work/$build"
  git -C "$work/$build" checkout --quiet --detach "$commit"
  (cd "$work/$build" && eng/images.sh "$work/$build.images")
done
for file in "$work"/first.images/*; do
  cmp "$file" "$work/second.images/${file##*/}" || fail "two builds of ${file##*/} differ"
done
echo 'two builds in different folders are the same, byte by byte'

for name in mesh-proxy mesh-operator; do
  mkdir "$work/$name"
  tar -C "$work/$name" -xf "$work/first.images/$name.tar"
  for layer in $(jq -r '.[0].Layers[]' "$work/$name/manifest.json"); do gzip -dc "$work/$name/$layer" | tar t > /dev/null; done
  umoci unpack --image "$work/$name:$(jq -r '.[0].RepoTags[0] | sub(".*:"; "")' "$work/$name/manifest.json")" "$work/$name.bundle" > /dev/null
  root=$work/$name.bundle/rootfs
  [ "$(jq -r '"\(.process.user.uid) \(.process.user.gid)"' "$work/$name.bundle/config.json")" = '2102 2102' ] || fail "$name doesn't run as 2102"
  [ -z "$(find "$root" -perm /6000)" ] || fail "$name has files that give their owner's rights"
  runs=$(cd "$root" && find . -type f -perm /111 ! -name '*.so*' ! -name '*.dll' ! -path './usr/lib/*' ! -path './lib*' | sort)
  echo "$name: $(grep -c 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt") trust anchors; what can be run:" $runs
  ! grep -qE '/(sh|bash|dash|busybox|apt|dpkg|perl)$' <<< "$runs" || fail "$name has a shell or a package manager"
done

mkdir -p "$work/state" "$work/manifests"
chown 2102:2102 "$work/state"
# What follows has mounts, a network and processes of its own, which end with it.
unshare --mount --net --pid --fork --kill-child bash -euo pipefail -c '
  work=$1
  ip link set lo up
  for name in mesh-operator mesh-proxy; do
    root=$work/$name.bundle/rootfs
    mkdir -p "$root/proc" "$root/state" "$root/manifests"
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --bind "$work/state" "$root/state"
    mount --bind "$work/manifests" "$root/manifests"
    mount -o remount,bind,ro "$root"
  done
  inside() { env -i DOTNET_EnableDiagnostics=0 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$(command -v chroot)" --userspec=2102:2102 "$work/$1.bundle/rootfs" "/app/$@"; }
  until_done() { for _ in {1..300}; do "$@" > /dev/null 2>&1 && return; read -r -t 0.1 <> <(:) || true; done; cat "$work"/*.log >&2; exit 1; }
  inside mesh-operator run --manifests /manifests --state /state --discovery 127.0.0.1:15010 --admin 127.0.0.1:15014 > "$work/operator.log" 2>&1 &
  until_done test -e "$work/state/identity/join.key"
  inside mesh-proxy run --operator https://127.0.0.1:15010 --trust-anchors /state/identity/anchors.pem --token-file /state/identity/join.key \
    --name probe --namespace shop --outbound 127.0.0.1:15001 > "$work/proxy.log" 2>&1 &
  until_done inside mesh-proxy ready
  echo "the operator of its image certifies the proxy of its image, which is ready"
' bash "$work"
