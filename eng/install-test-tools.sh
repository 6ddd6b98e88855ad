#!/usr/bin/env bash
# Installs what the tests and the benchmark need and this machine lacks: PostgreSQL 15, Chromium, nginx, wrk, debootstrap, faketime, npm and git.
# For Debian. Says nothing and takes no time when all of it is there; no service that came with it runs afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh

# Some of them live where only root's PATH looks.
PATH=$PATH:/usr/sbin:/sbin
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); } # program or path, package
need /usr/lib/postgresql/15/bin/postgres postgresql-15
need chromium chromium
need nginx nginx
need wrk wrk
need debootstrap debootstrap
need faketime faketime
need npm npm
need git git
need curl curl
need setpriv util-linux
need ip iproute2

install_packages() {
  command -v apt-get >/dev/null || die "missing: ${missing[*]}. Their names are Debian's; install them by this system's own means and call this again."
  step "Installing ${missing[*]}"
  # A package's service must not take a port. This is how Debian is told so while packages are installed (Debian Policy, 9.3.3.1).
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'as_root rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 0755 $policy
  fi
  as_root apt-get update -q >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt-get could not install ${missing[*]}; the lines above say why"
  # Nor at the next boot. Only what was installed just now: whoever had nginx before may want it.
  if [ -d /run/systemd/system ]; then
    for service in nginx postgresql; do
      case " ${missing[*]} " in *" $service"*) as_root systemctl disable --now --quiet $service ;; esac
    done
  fi
}

[ ${#missing[@]} -eq 0 ] || install_packages

clients=.tools/clients
if ! cmp -s eng/clients/package-lock.json "$clients/package-lock.json"; then
  step "Installing the pinned npm clients"
  rm -rf "$clients"
  mkdir -p "$clients"
  cp eng/clients/package.json "$clients/"
  (cd "$clients" && cp ../../eng/clients/package-lock.json . && npm ci --no-audit --no-fund --loglevel=error) || { rm -rf "$clients"; die "npm ci in $clients failed"; }
fi
