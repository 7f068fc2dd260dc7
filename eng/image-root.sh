#!/usr/bin/env bash
# usage: eng/image-root.sh PROGRAM FOLDER SUITE ARCHITECTURE
# Makes FOLDER the root on which PROGRAM (mesh-proxy, mesh-operator) runs in its image: the files of the few packages of Debian's SUITE
# that it needs and of what they depend on, trust anchors, a user, and nothing else to run. FOLDER.packages lists what they came from.
# Nothing in it is executed, so that ARCHITECTURE may be another machine's.
set -euo pipefail
umask 022
program=$1 root=$2 suite=$3 architecture=$4

readonly user=2102   # the proxy's, which interception leaves alone; the operator is given the same
case $program in
  mesh-proxy)    packages=libc6,libssl3,nftables ;;   # nft: for mesh-proxy init
  mesh-operator) packages=libc6,libssl3,libstdc++6 ;;
  *)             echo "eng/image-root.sh: found '$program', expected mesh-proxy or mesh-operator" >&2; exit 2 ;;
esac

# What is extracted is what has been downloaded. Of ca-certificates only the certificates are wanted, and not the OpenSSL and perl that it depends on.
# $1 is the hook's own: the root.
# shellcheck disable=SC2016
hook='
  cd "$1/var/cache/apt/archives"
  mkdir "$1/anchors"
  (cd "$1/anchors" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get download -q -o APT::Sandbox::User=root ca-certificates > /dev/null && dpkg-deb -x ca-certificates_*.deb .)
  for deb in *.deb "$1"/anchors/*.deb; do dpkg-deb --show --showformat="\${Package}\t\${Version}\t\${Architecture}\n" "$deb"; done > "$1.packages"'
mmdebstrap --quiet --variant=extract --architectures="$architecture" --include="$packages" --extract-hook="$hook" "$suite" "$root"

mkdir -p "$root/etc/ssl/certs" "$root/tmp"
cat "$root"/anchors/usr/share/ca-certificates/mozilla/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
chmod 1777 "$root/tmp"
echo "mesh:x:$user:$user::/:/nonexistent" > "$root/etc/passwd"
echo "mesh:x:$user:" > "$root/etc/group"
# The one program of Debian's that ours runs.
[ ! -e "$root/usr/sbin/nft" ] || install -D "$root/usr/sbin/nft" "$root/usr/local/sbin/nft"
# Programs, what mmdebstrap takes over from this machine, devices (a container is given its own), and what no program of ours reads: the
# character sets of other centuries make a third of the C library.
rm -rf "${root:?}"/{anchors,bin,sbin,usr/bin,usr/sbin,usr/share,var,dev,lib/systemd,usr/lib/*/gconv,usr/lib/*/engines-*} \
  "$root"/etc/{apt,dpkg,fstab,hostname,nftables.conf,resolv.conf}
