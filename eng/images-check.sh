#!/usr/bin/env bash
# usage: eng/images-check.sh
# Builds the images of the last commit twice, in two folders, and compares them; then runs them as a cluster does (eng/images-try.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "eng/images-check.sh: packing images, and running what is in them, needs root" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

commit=$(git rev-parse HEAD)
for build in first second; do
  git clone --quiet . "$work/$build"
  git -C "$work/$build" checkout --quiet --detach "$commit"
  (cd "$work/$build" && eng/images.sh "$work/$build.images")
done
for file in "$work"/first.images/*; do
  cmp "$file" "$work/second.images/${file##*/}" || { echo "two builds of ${file##*/} differ" >&2; exit 1; }
done
echo 'two builds in different folders are the same, byte by byte'
eng/images-try.sh "$work/first.images"
