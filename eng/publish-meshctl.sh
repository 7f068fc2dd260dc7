#!/usr/bin/env bash
# usage: eng/publish-meshctl.sh FOLDER [OPTION OF dotnet publish]...
# Publishes meshctl with NativeAOT, one file that needs no .NET, and packs it as a .NET tool beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1; shift
eng/prerequisites.sh build
mkdir -p "$folder"
dotnet pack src/Cli -c Release -o "$folder" --nologo -v q
# The lock file speaks of the packages that everyone restores; the compiler is wanted here only.
exec dotnet publish src/Cli -c Release -p:PublishAot=true -p:PackAsTool=false -p:NuGetLockFilePath=obj/aot.lock.json -o "$folder" --nologo -v q "$@"
