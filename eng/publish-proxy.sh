#!/usr/bin/env bash
# usage: eng/publish-proxy.sh FOLDER [--or-jit]
# Publishes mesh-proxy with NativeAOT. With --or-jit, a machine without clang or zlib gets the JIT build, and is told so.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
options=(-c Release -o "$folder" --nologo)
if ! eng/prerequisites.sh build; then
  [ "${2-}" = --or-jit ] || { echo "NativeAOT needs clang and zlib1g-dev; run eng/prerequisites.sh build as root." >&2; exit 1; }
  echo "Without clang and zlib the proxy is published for the JIT: slower to start, and three times the memory." >&2
  options+=(-p:PublishAot=false -p:RestorePackagesWithLockFile=false -p:RestoreLockedMode=false)
fi

mkdir -p "$folder"
exec dotnet publish src/Proxy "${options[@]}"
