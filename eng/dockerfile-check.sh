#!/usr/bin/env bash
# usage: eng/dockerfile-check.sh [ARCHITECTURE]...
# Builds the Dockerfile's images for amd64 and arm64, or for those named, and runs them as a cluster does (eng/images-try.sh), those of another
# architecture under QEMU. It takes neither Docker nor a registry: buildah goes through the Dockerfile, and the two images that it starts from are
# made here, of Debian's packages and of this machine's SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "eng/dockerfile-check.sh: building images, and running what is in them, needs root" >&2; exit 1; }
eng/prerequisites.sh dockerfile

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }
version=$(sed -n 's|.*<VersionPrefix>\(.*\)</VersionPrefix>.*|\1|p' Directory.Build.props)
own=$(dpkg --print-architecture)

sdk=$(sed -n 's/^FROM .*\(mcr[^ ]*\) AS sdk$/\1/p' Dockerfile) debian=$(sed -n 's/^FROM .*\(debian:[^ ]*\) AS build$/\1/p' Dockerfile)
suite=${debian#*:}; suite=${suite%-slim}
echo "making $debian and $sdk"
mmdebstrap --quiet --variant=minbase "$suite" "$work/debian.tar"
container=$(buildah from scratch)
buildah add -q "$container" "$work/debian.tar" / > /dev/null
# Where this machine reaches the package feed through a proxy of its own authority.
[ ! -d /usr/local/share/ca-certificates ] || buildah copy -q "$container" /usr/local/share/ca-certificates /usr/local/share/ca-certificates > /dev/null
buildah commit -q --rm "$container" "docker.io/library/$debian" > /dev/null
container=$(buildah from scratch)
buildah copy -q "$container" "$(dirname "$(realpath "$(command -v dotnet)")")" /usr/share/dotnet > /dev/null
buildah commit -q --rm "$container" "$sdk" > /dev/null

[ $# -gt 0 ] || set -- amd64 arm64
for architecture in "$@"; do
  mkdir "$work/$architecture"
  for name in mesh-proxy mesh-operator; do
    reference=docker.io/mesh/${name#mesh-}:$version
    echo "building ${reference#docker.io/} for $architecture"
    # BuildKit knows by itself on what it builds.
    buildah build --isolation chroot --pull-never --layers --build-arg "BUILDPLATFORM=linux/$own" --platform "linux/$architecture" --target $name --tag "$reference" . \
      > "$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
    buildah push -q "$reference" "docker-archive:$work/$architecture/$name.tar:$reference"
  done
  case $architecture in
    "$own") eng/images-try.sh "$work/$architecture" ;;
    arm64)  eng/images-try.sh "$work/$architecture" "$(command -v qemu-aarch64-static)" ;;
    amd64)  eng/images-try.sh "$work/$architecture" "$(command -v qemu-x86_64-static)" ;;
  esac
done
