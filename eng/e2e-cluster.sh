#!/usr/bin/env bash
# usage: eng/e2e-cluster.sh
# The mesh on the cluster that the kubeconfig names: installed, injected, routed, secured, upgraded, removed, each step asserted through
# kubectl and from within the cluster. It removes what it brought, also when it fails. Nothing of a mesh may be there before.
#
#   REGISTRY=registry.example/platform   where the nodes pull mesh/operator, mesh/proxy and the shop's images; default: they have them (kind load)
#   TAG=0.1.0                            the images' tag; default: the chart's appVersion
#   VALUES=charts/mesh/values-ha.yaml    values of the chart; default: none
#   UPGRADE=0.1.1                        a tag of the images to upgrade to; default: the same once more, as other pods
#   MESHCTL=artifacts/meshctl/meshctl    has its part, too: check, upgrade --restart; default: that is left out
#   WITH=meshctl                         installs, upgrades and removes by MESHCTL; VALUES other than values-ha.yaml have no meaning then. Default: helm
#   CURL=curlimages/curl:8.11.1          an image with curl and sh, for requests from within
#   KEEP=1                               leave everything as it is at the end
set -euo pipefail
cd "$(dirname "$0")/.."

readonly space=mesh-system app=shop release=mesh
chart=(charts/mesh --namespace $space)
[ -z "${REGISTRY-}" ] || chart+=(--set "image.registry=$REGISTRY")
[ -z "${VALUES-}" ] || chart+=(-f "$VALUES")
readonly wait=300s   # images may have to be pulled first
readonly tag=${TAG:-$(sed -n 's/^appVersion: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' charts/mesh/Chart.yaml)}
readonly later=${UPGRADE:-$tag}

step() { printf '\n\033[1m== %s\033[0m\n' "$1"; }
fail() { echo "FAILED: $1" >&2; exit 1; }

# expect WHAT FOUND EXPECTED
expect() { [ "$2" = "$3" ] && echo "ok: $1" || fail "$1: found '$2', expected '$3'"; }

# eventually WHAT COMMAND...: within a minute.
eventually() {
  local what=$1; shift
  for _ in $(seq 60); do if "$@" > /dev/null 2>&1; then echo "ok: $what"; return; fi; sleep 1; done
  "$@" || true
  fail "$what"
}

# within COMMAND: in a pod of the mesh, as a client of the shop's.
within() { kubectl -n $app exec client -c client -- sh -c "$1"; }

# unharmed WHAT COMMAND...: while it runs, the shop answers every request.
unharmed() {
  local what=$1; shift
  within 'rm -f /tmp/stop; while [ ! -e /tmp/stop ]; do curl -s -o /dev/null -w "%{http_code}\n" http://frontend/; done > /tmp/codes' &
  local load=$!
  "$@"
  within 'touch /tmp/stop'; wait $load
  expect "$what: all answers are 200" "$(within 'sort /tmp/codes | uniq -c | while read -r count code; do [ $code = 200 ] && echo 200 || echo "$count times $code"; done')" 200
}

restart() {
  kubectl -n $app rollout restart deployment
  for name in catalog payments frontend; do kubectl -n $app rollout status deployment/$name --timeout=$wait; done
}

# install TAG ANNOTATION
install() {
  if [ "${WITH-}" = meshctl ]; then
    "$MESHCTL" install ${REGISTRY:+--registry "$REGISTRY"} $([ "${VALUES-}" != charts/mesh/values-ha.yaml ] || echo --ha) --tag "$1"
    return
  fi
  helm upgrade --install $release "${chart[@]}" --set "image.tag=$1" --set "operator.podAnnotations.e2e=$2" --create-namespace --wait --timeout ${wait%s}s
}

upgrade() {
  install "$later" upgraded
  kubectl -n $space rollout status deployment/mesh-operator --timeout=$wait
}

# Bare pods, as the client is, are left to whoever made them: that's exit code 1.
follow() { "$MESHCTL" upgrade --restart || [ $? = 1 ]; }

leave() {
  for name in payments frontend; do
    kubectl -n $app patch deployment $name --type=merge -p '{"spec":{"template":{"metadata":{"annotations":{"mesh.io/inject":"false"}}}}}'
    kubectl -n $app rollout status deployment/$name --timeout=$wait
  done
}

uninstall() {
  if [ "${WITH-}" = meshctl ]; then "$MESHCTL" uninstall; else helm uninstall $release --namespace $space --wait; fi
}

# status PATH: of an answer by the frontend.
status() { within "curl -s -o /dev/null -w '%{http_code}' http://frontend$1"; }

remove() {
  local code=$?
  [ $code -eq 0 ] || { kubectl -n $app get pods -o wide; kubectl -n $app describe pods | tail -50; kubectl -n $space logs deployment/mesh-operator --tail=50; } 2> /dev/null || true
  [ -z "${KEEP-}" ] || return 0
  step 'clean up'
  helm uninstall $release --namespace $space --ignore-not-found --wait > /dev/null 2>&1 || true
  kubectl delete namespace $app $space --ignore-not-found --timeout=180s   # gone, or the next run finds them ending
  kubectl delete meshconfig default --ignore-not-found 2> /dev/null || true
  kubectl delete -k config/crds --ignore-not-found --wait=false
}

step "cluster: $(kubectl config current-context)"
kubectl version
if kubectl -n $space get deployment mesh-operator > /dev/null 2>&1; then fail "this cluster has a mesh already, which is not ours to remove"; fi
trap remove EXIT

step 'install'
[ -z "${MESHCTL-}" ] || "$MESHCTL" check --pre
install "$tag" installed
kubectl -n $space rollout status deployment/mesh-operator --timeout=$wait
[ "${WITH-}" = meshctl ] || helm test $release --namespace $space --timeout ${wait%s}s
eventually 'the API server trusts the webhook' sh -c "kubectl get mutatingwebhookconfiguration mesh-operator -o jsonpath='{.webhooks[*].clientConfig.caBundle}' | grep -q ."

step 'inject'
kubectl create namespace $app
kubectl annotate namespace $app mesh.io/inject=true
# The shop's images come from where the mesh's do.
kubectl kustomize samples/shop/kubernetes | sed "s|image: shop-|image: ${REGISTRY:+$REGISTRY/}shop-|" | kubectl apply -f -
kubectl -n $app run client --image="${CURL:-curlimages/curl:8.11.1}" --restart=Never -- sh -c 'sleep infinity'
for name in catalog payments frontend; do kubectl -n $app rollout status deployment/$name --timeout=$wait; done
kubectl -n $app wait --for=condition=Ready pod --all --timeout=$wait
[ -z "${MESHCTL-}" ] || "$MESHCTL" check
pods=$(kubectl -n $app get pods --no-headers | wc -l)
expect 'every pod has a sidecar' "$(kubectl -n $app get pods -o jsonpath='{range .items[*]}{.spec.initContainers[?(@.name=="mesh-proxy")].name}{.spec.containers[?(@.name=="mesh-proxy")].name}{"\n"}{end}' | grep -c mesh-proxy)" "$pods"

step 'traffic, and that it is mutual TLS'
eventually 'the frontend answers' sh -c "kubectl -n $app exec client -c client -- curl -sf http://frontend/"
expect 'requests to the frontend are mutual TLS' \
  "$(within 'curl -s http://127.0.0.1:15000/metrics' | grep '^mesh_requests_total{' | grep 'direction="outbound"' | grep -o 'tls="[a-z]*"' | sort -u)" 'tls="mutual"'
# From outside the mesh a strict workload takes nothing.
kubectl -n $app annotate namespace $app mesh.io/mtls=strict --overwrite
kubectl -n default run mesh-e2e-outsider --image="${CURL:-curlimages/curl:8.11.1}" --restart=Never --annotations=mesh.io/inject=false -- sh -c "curl -s -m 5 http://frontend.$app/ && exit 1 || exit 0"
kubectl -n default wait --for=jsonpath='{.status.phase}'=Succeeded pod/mesh-e2e-outsider --timeout=$wait
kubectl -n default delete pod mesh-e2e-outsider --wait=false
expect 'the mesh goes on' "$(status /)" 200
kubectl -n $app annotate namespace $app mesh.io/mtls-

step 'a policy takes effect, and says so'
kubectl apply -f - <<POLICY
apiVersion: mesh.io/v1alpha1
kind: TrafficPolicy
metadata: {name: e2e, namespace: $app}
spec:
  targetRefs: [{name: frontend}]
  faults: [{percent: 100, abort: {status: 418}}]
POLICY
kubectl -n $app wait --for=condition=Programmed trafficpolicy/e2e --timeout=60s
expect 'requests are aborted' "$(status /)" 418
kubectl -n $app delete trafficpolicy e2e
eventually 'and are not once it is gone' sh -c "[ \"\$(kubectl -n $app exec client -c client -- curl -s -o /dev/null -w '%{http_code}' http://frontend/)\" = 200 ]"

step 'a rolling restart fails no request'
unharmed 'restart' restart

step 'upgrade'
unharmed 'upgrade' upgrade
if [ -n "${MESHCTL-}" ]; then
  [ "$later" = "$tag" ] || expect 'sidecars of the version before are named' "$("$MESHCTL" upgrade -o json | grep -c '"kind": "Deployment"')" 3
  unharmed 'sidecars follow' follow
  expect 'no workload is behind but the bare pod' "$("$MESHCTL" upgrade -o json | grep -c '"kind": "Deployment"' || true)" 0
  "$MESHCTL" check
fi

step 'workloads leave the mesh, and are called by those within and call them'
unharmed 'leaving' leave
for name in payments frontend; do
  expect "$name has no sidecar" "$(kubectl -n $app get pods -l app=$name -o jsonpath='{.items[?(@.metadata.annotations.mesh\.io/inject=="false")].spec.containers[*].name} {.items[?(@.metadata.annotations.mesh\.io/inject=="false")].spec.initContainers[*].name}')" "$name "
done

step 'uninstall: pods work on, and new ones are created'
unharmed 'uninstall' uninstall
expect 'the shop answers' "$(status /)" 200
expect 'no webhook is left' "$(kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o name | grep -c mesh-operator || true)" 0
kubectl -n $app run later --image="${CURL:-curlimages/curl:8.11.1}" --restart=Never -- true
kubectl -n $app wait --for=jsonpath='{.status.phase}'=Succeeded pod/later --timeout=$wait

step 'everything passed'
