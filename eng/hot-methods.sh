#!/usr/bin/env bash
# usage: eng/hot-methods.sh
# Writes src/Proxy/hot-methods.txt: the methods that requests take, by how often they are called, for the compiler to put side by side.
# They are counted by valgrind while a proxy carries requests out and in, over HTTP/1.1, in mutual TLS (to itself), and over HTTP/2. Needs valgrind, nginx and h2load.
set -euo pipefail
cd "$(dirname "$0")/.."

requests=4000
folder=$(mktemp -d)
children=()
finish() { for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$folder"; }
trap finish EXIT

until_ready() { for _ in $(seq 240); do curl -sf "$1" >/dev/null && return; sleep 0.5; done; echo "$1 doesn't answer" >&2; exit 1; }

service() { # NAME PORT-NAME ENDPOINT'S-PORT [ENDPOINT'S-POD]
  cat <<YAML
---
apiVersion: v1
kind: Service
metadata: {name: $1, namespace: bench}
spec: {ports: [{name: $2, port: 80, protocol: TCP}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $1, namespace: bench, labels: {kubernetes.io/service-name: $1}}
addressType: IPv4
ports: [{name: $2, port: $3, protocol: TCP}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}${4:+, targetRef: {kind: Pod, name: $4, namespace: bench\}}}]
YAML
}

dotnet build src/Operator -c Release --nologo -v q
eng/publish-proxy.sh "$folder/proxy" -p:StripSymbols=false
# Valgrind reads names alone, and stumbles over newer debugging information.
objcopy --strip-debug "$folder/proxy/mesh-proxy"

body=$(head -c 1024 /dev/zero | tr '\0' x)
cat > "$folder/nginx.conf" <<NGINX
daemon off; master_process off; pid $folder/nginx.pid; error_log $folder/nginx.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  server { listen 127.0.0.1:27080; location / { default_type text/plain; return 200 '$body'; } }
  server { listen 127.0.0.1:27081 http2; location / { default_type text/plain; return 200 '$body'; } }
}
NGINX
nginx -p "$folder" -c "$folder/nginx.conf" 2>/dev/null & children+=($!)

mkdir "$folder/manifests"
{
  cat <<YAML
apiVersion: v1
kind: Pod
metadata: {name: hot, namespace: bench, annotations: {mesh.io/meshed: "true"}}
spec: {serviceAccountName: hot, containers: [{name: hot, image: none}]}
YAML
  service web http 27080; service web2 http2 27081; service secured http 27005 hot
} > "$folder/manifests/cluster.yaml"
src/Operator/bin/Release/net10.0/mesh-operator run --manifests "$folder/manifests" --discovery 127.0.0.1:27010 --admin 127.0.0.1:27014 --state "$folder/state" > "$folder/operator.log" & children+=($!)
until_ready http://127.0.0.1:27014/readyz

valgrind -q --tool=callgrind --callgrind-out-file="$folder/calls" "$folder/proxy/mesh-proxy" run --operator https://127.0.0.1:27010 \
  --trust-anchors "$folder/state/identity/anchors.pem" --token-file "$folder/state/identity/join.key" --name hot --namespace bench --service-account hot --admin 127.0.0.1:27015 --outbound 127.0.0.1:0 \
  --destination 127.0.0.1:27001=web.bench:80 --destination 127.0.0.1:27002=web2.bench:80 --destination 127.0.0.1:27006=secured.bench:80 \
  --inbound 127.0.0.1:27003=127.0.0.1:27080 --inbound 127.0.0.1:27004=127.0.0.1:27081 --inbound 127.0.0.1:27005=127.0.0.1:27080 > "$folder/proxy.log" 2>&1 &
proxy=$!; children+=("$proxy")
until_ready http://127.0.0.1:27015/ready

h1() { for port in 27001 27003; do h2load --h1 -c 32 -n "$1" "http://127.0.0.1:$port/"; done; }
secured() { h2load --h1 -c 32 -n "$1" http://127.0.0.1:27006/; }
h2() { for port in 27002 27004; do h2load -c 8 -m 4 -n "$1" "http://127.0.0.1:$port/"; done; }

# Names are given once with a number, and then by that. What few requests call isn't their way; what .NET hasn't compiled has no "__" in its name.
called() { # FILE
  awk -v least=$((requests / 4)) '
    match($0, /^c?fn=\([0-9]+\)/) {
      id = substr($0, RSTART, RLENGTH); sub(/^c?fn=/, "", id)
      if (length($0) > RLENGTH) names[id] = substr($0, RLENGTH + 2)
      callee = id
    }
    /^calls=/ { split(substr($0, 7), count, " "); calls[callee] += count[1] }
    END {
      for (id in calls) { name = names[id]; sub(/\047[0-9]+$/, "", name); total[name] += calls[id] }
      for (name in total) if (total[name] >= least && name ~ /__/ && name !~ / |::|@|^__[a-z]/) printf "%d %s\n", total[name], name
    }' "$1" | sort -k1,1nr -k2 | cut -d' ' -f2
}

for load in h1 secured h2; do
  "$load" 500 > /dev/null
  callgrind_control --zero "$proxy" > /dev/null
  "$load" "$requests" | grep 'status codes'
  callgrind_control --dump "$proxy" > /dev/null
done
# What TLS adds behind the rest of HTTP/1.1, which is by far the most of what sidecars carry, and HTTP/2's behind that.
for dump in 1 2 3; do called "$folder/calls.$dump"; done | awk '!seen[$0]++' > src/Proxy/hot-methods.txt
wc -l src/Proxy/hot-methods.txt
