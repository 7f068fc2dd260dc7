#!/usr/bin/env bash
# usage: eng/sbom.sh NAME VERSION CREATED DEBIAN LOCK RUNTIME
# Prints what an image is made of, as SPDX 2.3: the Debian packages of DEBIAN (lines of name, version and architecture), the NuGet
# packages of the lock file LOCK, and .NET itself, of version RUNTIME. The same for the same contents.
set -euo pipefail
name=$1 version=$2 created=$3 debian=$4 lock=$5 runtime=$6

# Tools of the build leave nothing of themselves in the program.
readonly tools='^(Grpc\.Tools|Microsoft\.DotNet\.ILCompiler|Microsoft\.NET\.ILLink\.Tasks|runtime\..*ILCompiler)$'

jq --null-input --arg name "$name" --arg version "$version" --arg created "$created" --arg runtime "$runtime" --arg tools "$tools" \
   --rawfile debian "$debian" --slurpfile lock "$lock" '
  def package($kind; $name; $version; $purl): {
    SPDXID: "SPDXRef-\($kind)-\($name | gsub("[^A-Za-z0-9.-]"; "-"))", name: $name, versionInfo: $version,
    downloadLocation: "NOASSERTION", filesAnalyzed: false, licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
    externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $purl}]
  };
  [package("image"; $name; $version; "pkg:oci/\($name)@\($version)")]
  + [$debian | split("\n")[] | select(length > 0) | split("\t") | package("deb"; .[0]; .[1]; "pkg:deb/debian/\(.[0])@\(.[1] | @uri)?arch=\(.[2])")]
  + [package("nuget"; "Microsoft.NETCore.App"; $runtime; "pkg:nuget/Microsoft.NETCore.App.Runtime@\($runtime)")]
  + ([$lock[0].dependencies[] | to_entries[] | select(.value.type != "Project" and (.key | test($tools) | not)) | {key, version: .value.resolved}]
     | unique | map(package("nuget"; .key; .version; "pkg:nuget/\(.key)@\(.version)")))
  | {
    spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "\($name)-\($version)",
    documentNamespace: "https://mesh.io/spdx/\($name)-\($version)-\($created)",
    creationInfo: {created: $created, creators: ["Tool: eng/sbom.sh"]},
    packages: .,
    relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: .[0].SPDXID}]
      + [.[0].SPDXID as $image | .[1:][] | {spdxElementId: $image, relationshipType: "CONTAINS", relatedSpdxElement: .SPDXID}])
  }'
