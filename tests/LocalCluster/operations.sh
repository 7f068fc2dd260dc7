#!/usr/bin/env bash
# usage: eng/e2e-local.sh tests/LocalCluster/operations.sh, or by itself on any cluster that has the images, with MESHCTL=FILE
# docs/operations.md as somebody follows it: each command that it has people type, in its order, on a cluster with the shop.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly patience=300s

# The lines of its console blocks, without their remarks.
commands() { awk '/^```/ { typed = $0 == "```console"; next } typed' docs/operations.md | sed 's/ \{2,\}#.*//'; }

ready() {
  for name in catalog payments frontend; do kubectl -n shop rollout status "deployment/$name" --timeout=$patience; done
  kubectl -n mesh-system rollout status deployment/mesh-operator --timeout=$patience
}

meshctl() { "$MESHCTL" "$@"; }

count=0
while read -r command; do
  case $command in *' POD '*) command=${command/POD/$(kubectl -n shop get pods -l app=catalog -o jsonpath='{.items[0].metadata.name}')} ;; esac
  printf '\n$ %s\n' "$command"
  eval "$command" < /dev/null || { echo "FAILED: $command" >&2; exit 1; }
  case $command in
    # What the document takes for granted: workloads, here with policies, which need their definitions.
    'helm test'*) kubectl apply -k samples/shop/kubernetes; ready ;;
    *'rollout restart'* | 'helm upgrade'*) ready ;;
  esac
  count=$((count + 1))
done < <(commands)

[ "$count" -gt 20 ] || { echo "FAILED: found $count commands, expected those of the whole document" >&2; exit 1; }
[ -z "$(kubectl get crd -o name)" ] || { echo 'FAILED: definitions are left' >&2; exit 1; }
printf '\n%s commands of docs/operations.md went through\n' "$count"
