#!/usr/bin/env bash
# usage: eng/publish-meshctl.sh FOLDER [OPTION OF dotnet publish]...
# Publishes meshctl with NativeAOT, one file that needs no .NET, and packs it as a .NET tool beside it; both are started once.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1; shift
eng/prerequisites.sh build
mkdir -p "$folder"
folder=$(realpath "$folder")
dotnet pack src/Cli -c Release -o "$folder" --nologo -v q
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
# From that folder and nowhere else.
echo "<configuration><packageSources><clear/><add key=\"packed\" value=\"$folder\"/></packageSources></configuration>" > "$tool/nuget.config"
dotnet tool install Mesh.Cli --tool-path "$tool" --configfile "$tool/nuget.config" --no-cache > /dev/null
echo "the .NET tool says $("$tool/meshctl" version --client)"
# The lock file speaks of the packages that everyone restores; the compiler is wanted here only.
dotnet publish src/Cli -c Release -p:PublishAot=true -p:PackAsTool=false -p:NuGetLockFilePath=obj/aot.lock.json -o "$tool/native" --nologo -v q "$@"
install "$tool/native/meshctl" "$folder/"   # without its symbols and comments
echo "the native file says $("$folder/meshctl" version --client)"
