#!/usr/bin/env bash
# Installs what the tests need and this machine lacks: PostgreSQL 15, Chromium, nginx, wrk, debootstrap, and pinned npm clients.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh

missing=()
need() { command -v "$1" >/dev/null 2>&1 || [ -x "$1" ] || missing+=("$2"); }
need /usr/lib/postgresql/15/bin/postgres postgresql-15
need chromium chromium
need npm npm
need setpriv util-linux
need ip iproute2
need debootstrap debootstrap
if [ ${#missing[@]} -gt 0 ]; then
  step "Installing ${missing[*]}"
  as_root apt-get update -q >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
fi
