#!/usr/bin/env bash
# usage: eng/e2e-local.sh tests/LocalCluster/check.sh
# What README.md says that this cluster does, asked of it by kubectl; no mesh.
set -euo pipefail

readonly space=check patience=120s

# expect WHAT FOUND EXPECTED
expect() { [ "$2" = "$3" ] && echo "ok: $1" || { echo "FAILED: $1: found '$2', expected '$3'" >&2; exit 1; }; }

in_pod() { kubectl -n $space exec "$1" -c "$2" -- sh -c "$3"; }

kubectl create namespace $space
kubectl apply -f - <<'MANIFESTS'
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: check}
data: {colour: green}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: check}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: check}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: shop-catalog:1
          ports: [{name: http, containerPort: 8080}]
          env: [{name: ASPNETCORE_URLS, value: "http://0.0.0.0:8080"}]
          readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: check, labels: {kind: client}}
spec:
  restartPolicy: Never
  securityContext: {runAsUser: 1234, runAsGroup: 1234}
  volumes:
    - {name: shared, emptyDir: {}}
    - {name: settings, configMap: {name: settings}}
    - name: token
      projected: {sources: [{serviceAccountToken: {audience: check, path: token, expirationSeconds: 600}}]}
  initContainers:
    - name: first
      image: registry.example:5000/curlimages/curl:1
      args: [sh, -c, 'echo first >> /shared/order']
      volumeMounts: [{name: shared, mountPath: /shared}]
    - name: sidecar
      image: curlimages/curl:1
      restartPolicy: Always
      args: [sh, -c, 'trap "cat /shared/ended; exit 0" TERM; echo sidecar >> /shared/order; while true; do sleep 0.2; done']
      startupProbe: {exec: {command: [grep, sidecar, /shared/order]}, periodSeconds: 1}
      volumeMounts: [{name: shared, mountPath: /shared}]
  containers:
    - name: main
      image: curlimages/curl:1
      command: [sh, -c]
      args: ['trap "echo main has ended > /shared/ended; exit 0" TERM; echo main on $(COLOUR) >> /shared/order; while true; do sleep 0.2; done']
      env:
        - {name: COLOUR, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
        - {name: ADDRESS, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
      resources: {limits: {memory: 64Mi}}
      securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      volumeMounts:
        - {name: shared, mountPath: /shared}
        - {name: settings, mountPath: /etc/settings}
        - {name: token, mountPath: /var/run/secrets/check, readOnly: true}
---
apiVersion: batch/v1
kind: Job
metadata: {name: work, namespace: check}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: sidecar, image: curlimages/curl:1, restartPolicy: Always, args: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.2; done']}]
      containers: [{name: work, image: curlimages/curl:1, args: [sh, -c, 'echo done']}]
MANIFESTS

kubectl -n $space rollout status deployment/web --timeout=$patience
kubectl -n $space wait --for=condition=Ready pod/client --timeout=$patience
expect 'init containers, sidecars and containers start in this order' "$(in_pod client main 'cat /shared/order' | tr '\n' ,)" 'first,sidecar,main on green,'
expect 'volumes show what they are to show' "$(in_pod client main 'cat /etc/settings/colour; test -s /var/run/secrets/check/token && echo " and a token"')" 'green and a token'
expect 'variables come from the pod' "$(in_pod client main 'echo $ADDRESS $MEMORY')" "$(kubectl -n $space get pod client -o jsonpath='{.status.podIP}') 64"
expect 'a container is who it is to be, and may do nothing else' "$(in_pod client main 'id -u; grep CapBnd /proc/self/status | cut -f 2; touch /x 2> /dev/null || echo read-only' | tr '\n' ' ')" '1234 0000000000000000 read-only '
expect 'exec tells exit codes' "$(in_pod client main 'exit 7' 2> /dev/null || echo $?)" 7
expect 'exec takes input' "$(echo text | kubectl -n $space exec -i client -c main -- cat)" text
expect 'services have names and lead to pods' "$(in_pod client main 'curl -s -o /dev/null -w "%{http_code}" http://web/healthz')" 200
expect 'nobody is behind a service that is not there' "$(in_pod client main 'curl -s -m 5 http://other/ || echo $?')" 6

kubectl -n $space wait --for=condition=Complete job/work --timeout=$patience
expect 'a Job ends though it has a sidecar, and its log stays' "$(kubectl -n $space logs -l batch.kubernetes.io/job-name=work -c work)" 'done'

before=$(kubectl -n $space get pods -l app=web -o name | sort)
kubectl -n $space rollout restart deployment/web
kubectl -n $space rollout status deployment/web --timeout=$patience
kubectl -n $space wait --for=delete $before --timeout=$patience
ready() { kubectl -n $space get endpointslices -l kubernetes.io/service-name=web -o jsonpath='{.items[*].endpoints[*].conditions.ready}'; }
# Endpoints follow their pods a moment later.
for _ in $(seq 60); do [ "$(ready)" != 'true true' ] || break; sleep 0.5; done
expect 'a rolling update leaves as many ready endpoints' "$(ready)" 'true true'

last=$(mktemp)
kubectl -n $space logs -f client -c sidecar > "$last" &
kubectl -n $space delete pod client --timeout=$patience
wait $!
expect 'a sidecar ends last' "$(cat "$last")" 'main has ended'
rm "$last"

kubectl delete namespace $space --timeout=$patience
echo 'everything passed'
