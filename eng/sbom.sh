#!/usr/bin/env bash
# usage: eng/sbom.sh NAME VERSION CREATED DEBIAN ASSETS
# Prints what an image is made of, as SPDX 2.3: the Debian packages of DEBIAN (lines of name, version and architecture), and the NuGet packages that
# ASSETS says were restored for the program (its obj/project.assets.json), .NET's own runtime among them. The same for the same contents.
set -euo pipefail
name=$1 version=$2 created=$3 debian=$4 assets=$5

# Tools of the build leave nothing of themselves in the program.
readonly tools='^(Grpc\.Tools|Microsoft\.DotNet\.ILCompiler|Microsoft\.NET\.ILLink\.Tasks|Microsoft\.NETCore\.App\.Crossgen2\..*|runtime\..*ILCompiler)$'

jq --null-input --arg name "$name" --arg version "$version" --arg created "$created" --arg tools "$tools" \
   --rawfile debian "$debian" --slurpfile assets "$assets" '
  def package($kind; $name; $version; $purl): {
    SPDXID: "SPDXRef-\($kind)-\($name | gsub("[^A-Za-z0-9.-]"; "-"))", name: $name, versionInfo: $version,
    downloadLocation: "NOASSERTION", filesAnalyzed: false, licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
    externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $purl}]
  };
  [package("image"; $name; $version; "pkg:oci/\($name)@\($version)")]
  + [$debian | split("\n")[] | select(length > 0) | split("\t") | package("deb"; .[0]; .[1]; "pkg:deb/debian/\(.[0])@\(.[1] | @uri)?arch=\(.[2])")]
  + ([$assets[0] | (.libraries | to_entries[] | select(.value.type == "package").key | split("/") | {name: .[0], version: .[1]}),
        (.project.frameworks[].downloadDependencies[]? | .version |= (ltrimstr("[") | split(",")[0])) | select(.name | test($tools) | not)]
     | unique | map(package("nuget"; .name; .version; "pkg:nuget/\(.name)@\(.version)")))
  | {
    spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "\($name)-\($version)",
    documentNamespace: "https://mesh.io/spdx/\($name)-\($version)-\($created)",
    creationInfo: {created: $created, creators: ["Tool: eng/sbom.sh"]},
    packages: .,
    relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: .[0].SPDXID}]
      + [.[0].SPDXID as $image | .[1:][] | {spdxElementId: $image, relationshipType: "CONTAINS", relatedSpdxElement: .SPDXID}])
  }'
