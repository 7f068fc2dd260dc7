#!/usr/bin/env bash
# usage: eng/e2e-local.sh [COMMAND...]
# Runs a command, by default eng/e2e-cluster.sh, against a cluster on this machine: tests/LocalCluster, whose pods are processes in network
# namespaces around a stand-in API server. It is no kubelet, and proves nothing about one; what it runs is the real chart, the real operator and
# proxy, the shop, kubectl and helm. Everything is in namespaces of its own, and gone at the end, however it ends. The programs are built
# already; CONFIGURATION says how, PROXY which proxy.
#
# From another version to this one, and versions beside each other, by programs that were built of the other:
#   OLD_OPERATOR=FILE   the operator that is installed first, until the upgrade: as it is alone, an older operator with sidecars of now
#   OLD_PROXY=FILE      the sidecars of before the upgrade: as it is alone, older sidecars with the operator of now
set -euo pipefail
cd "$(dirname "$0")/.."

lacking=()
for program in ip nft unshare nsenter setpriv curl kubectl helm; do command -v $program > /dev/null || lacking+=("$program"); done
[ ${#lacking[@]} -eq 0 ] || { echo "eng/e2e-local.sh: ${lacking[*]} missing; eng/prerequisites.sh test installs them" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "eng/e2e-local.sh: network namespaces need root" >&2; exit 1; }

output=bin/${CONFIGURATION:-Release}/net10.0
images=(--image "mesh/operator=src/Operator/$output/mesh-operator" --image "mesh/proxy=${PROXY:-artifacts/proxy/mesh-proxy}" --image curlimages/curl=)
for service in Frontend Catalog Payments; do images+=(--image "shop-${service,,}=samples/shop/$service/$output/shop-${service,,}"); done
TAG=${TAG:-$(sed -n 's/^appVersion: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' charts/mesh/Chart.yaml)}
[ -z "${OLD_OPERATOR-}" ] || images+=(--image "mesh/operator:$TAG=$OLD_OPERATOR")
[ -z "${OLD_PROXY-}" ] || images+=(--image "mesh/proxy:$TAG=$OLD_PROXY")

export TAG MESHCTL=${MESHCTL:-src/Cli/$output/meshctl} UPGRADE=${UPGRADE:-0.1.1}   # every other tag is the same program here
folder=$(mktemp -d)
trap 'rmdir "$folder"' EXIT
[ $# -gt 0 ] || set -- eng/e2e-cluster.sh
unshare --net --mount --pid --fork --kill-child --mount-proc -- tests/LocalCluster/$output/Mesh.LocalCluster "$folder" "${images[@]}" -- "$@"
