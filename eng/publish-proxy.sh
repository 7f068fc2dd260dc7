#!/usr/bin/env bash
# usage: eng/publish-proxy.sh FOLDER [--or-jit] [OPTION OF dotnet publish]...
# Publishes mesh-proxy with NativeAOT. With --or-jit, a machine without clang or zlib gets the JIT build, and is told so.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1; shift
or_jit=false
if [ "${1-}" = --or-jit ]; then or_jit=true; shift; fi

options=()
if ! eng/prerequisites.sh build; then
  $or_jit || { echo "NativeAOT needs clang and zlib1g-dev; run eng/prerequisites.sh build as root." >&2; exit 1; }
  echo "Without them the proxy is published for the JIT: slower to start, and three times the memory." >&2
  options=(-p:PublishAot=false -p:NuGetLockFilePath=obj/jit.lock.json)
fi

mkdir -p "$folder"
exec dotnet publish src/Proxy -c Release -o "$folder" --nologo "${options[@]}" "$@"
