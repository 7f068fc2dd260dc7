#!/usr/bin/env bash
# usage: eng/publish-operator.sh FOLDER [OPTION OF dotnet publish]...
# Publishes mesh-operator with the runtime it needs, compiled ahead of time, and with nothing that its image has no use for.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1; shift
# The lock files speak of the packages that everyone restores; the runtime's own are wanted here only.
dotnet publish src/Operator -c Release --self-contained -o "$folder" --nologo -p:PublishReadyToRun=true -p:DebugType=none \
  -p:SatelliteResourceLanguages=en -p:PublishDocumentationFiles=false -p:NuGetLockFilePath=obj/images.lock.json "$@"
# What debuggers, core dumps and tracing would want, which the images turn off, and garbage collectors other than the runtime's own.
rm -f "$folder"/{createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,libclrgc.so,libclrgcexp.so,mesh-operator.staticwebassets.endpoints.json}
