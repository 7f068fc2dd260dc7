#!/usr/bin/env bash
# usage: eng/images-try.sh FOLDER [EMULATOR]
# Loads FOLDER/mesh-operator.tar and FOLDER/mesh-proxy.tar into a containerd of its own, looks into them, and runs them as a cluster's nodes do, by
# runc: as their own user, with a root that is read-only, without capabilities and under the default seccomp profile. The operator issues a
# certificate, and the proxy is ready with it. EMULATOR is QEMU's static program, where the images are for another architecture than this machine's.
set -euo pipefail
folder=$(realpath "$1") emulator=${2-} emulated=()
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "eng/images-try.sh: containers need root" >&2; exit 1; }
if [ -z "${WORK-}" ]; then
  eng/prerequisites.sh containers
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  export WORK
  # Mounts, a network and processes of its own, which end with it.
  unshare --mount --net --pid --fork --kill-child --mount-proc "$PWD/eng/images-try.sh" "$folder" "$emulator"
  exit
fi

work=$WORK
fail() { echo "$1" >&2; exit 1; }
ctr() { command ctr --address "$work/containerd.sock" --namespace k8s.io "$@"; }
# until_done COMMAND...: within half a minute, or all logs are shown.
until_done() {
  for _ in {1..300}; do "$@" > /dev/null 2>&1 && return; read -r -t 0.1 <> <(:) || true; done
  tail -n 30 "$work"/*.log >&2
  fail "not within half a minute: $*"
}
# With the cgroups, which don't end by themselves.
end() { for name in mesh-operator mesh-proxy; do ctr task rm --force $name; ctr container rm $name; done > /dev/null 2>&1 || true; }
trap end EXIT

ip link set lo up
cat > "$work/containerd.toml" <<END
version = 2
root = "$work/root"
state = "$work/run"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$work/containerd.sock"
END
containerd --config "$work/containerd.toml" > "$work/containerd.log" 2>&1 &
until_done ctr version

# configured NAME QUERY: of the image's configuration, as it stands in the archive
configured() {
  local archive=$folder/$1.tar
  tar -xOf "$archive" "$(tar -xOf "$archive" manifest.json | jq -r '.[0].Config')" | jq -c "$2"
}

for name in mesh-operator mesh-proxy; do
  ctr images import --all-platforms --snapshotter native "$folder/$name.tar" > /dev/null
  image=$(ctr images ls -q | grep -x "docker.io/${name/-//}:.*") || fail "$name.tar doesn't load as ${name/-//}, the name that the manifests use, but as $(ctr images ls -q)"
  [ "$(configured "$name" '.config | [.User, .Entrypoint, .Cmd, .WorkingDir]')" = "[\"2102:2102\",[\"/app/$name\"],null,\"/app\"]" ] || fail "$name has the configuration $(configured $name .config)"

  root=$work/$name.root
  mkdir "$root"
  ctr images mount --snapshotter native --platform "linux/$(configured "$name" .architecture | tr -d '"')" "$image" "$root" > /dev/null
  none() { [ -z "$2" ] || fail "$name has $1: ${2//$'\n'/ }"; }
  runs=$(cd "$root" && find . -type f -perm /111 ! -name '*.so*' ! -name '*.dll' | sort)
  none 'devices' "$(find "$root" -type b -o -type c)"
  none "files that give their owner's rights, or that others than root own or may write" "$(find "$root" ! -type l ! -path "$root/tmp" \( ! -user 0 -o -perm /6022 \))"
  none 'more to run than its program' "$(grep -vxE "./app/$name|./usr/local/sbin/nft" <<< "$runs")"
  echo "$image $(configured "$name" .architecture | tr -d '"'): $(du -sm "$root" | cut -f 1) MB, $(grep -c 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt") trust anchors; what can be run: ${runs//$'\n'/ }"
done

mkdir "$work/state" "$work/manifests"
chown 2102:2102 "$work/state"
[ -z "$emulator" ] || emulated=(--mount "type=bind,src=$(realpath "$emulator"),dst=/emulator,options=rbind:ro")
capabilities=(chown dac_override fsetid fowner mknod net_raw setgid setuid setfcap setpcap net_bind_service sys_chroot kill audit_write)
# start NAME ARGUMENT...: detached, on this script's network
start() {
  local name=$1; shift
  ctr run --detach --log-uri "file://$work/$name.log" --net-host --read-only --seccomp "${capabilities[@]/#/--cap-drop=CAP_}" --snapshotter native \
    --platform "linux/$(configured "$name" .architecture | tr -d '"')" --mount "type=bind,src=$work/state,dst=/state,options=rbind:rw" \
    --mount "type=bind,src=$work/manifests,dst=/manifests,options=rbind:ro" "${emulated[@]}" \
    "$(ctr images ls -q | grep -x "docker.io/${name/-//}:.*")" "$name" ${emulator:+/emulator} "/app/$name" "$@"
}
start mesh-operator run --manifests /manifests --state /state --discovery 127.0.0.1:15010 --admin 127.0.0.1:15014
until_done test -e "$work/state/identity/join.key"
start mesh-proxy run --operator https://127.0.0.1:15010 --trust-anchors /state/identity/anchors.pem --token-file /state/identity/join.key \
  --name probe --namespace shop --outbound 127.0.0.1:15001
until_done ctr task exec --exec-id ready-$RANDOM mesh-proxy ${emulator:+/emulator} /app/mesh-proxy ready
for name in mesh-operator mesh-proxy; do
  pid=$(ctr task ls | awk -v name=$name '$1 == name { print $2 }')
  echo "$name runs as $(awk '/^Uid/ { uid = $2 } /^CapEff/ { capabilities = $2 } /^NoNewPrivs/ { privileges = $2 } /^Seccomp:/ { seccomp = $2 }
    END { print "user " uid ", effective capabilities " capabilities ", no new privileges " privileges ", seccomp " seccomp }' "/proc/$pid/status"), its root $(awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo" | grep -o '^r[ow]')"
done
echo 'the operator of its image certifies the proxy of its image, which is ready'
