#!/usr/bin/env bash
# Packs every library and the templates into a folder, all with one version.
# Usage: eng/pack.sh FOLDER [VERSION_SUFFIX]
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh

folder=$1 suffix=${2:-}
mkdir -p "$folder"
version=()
[ -n "$suffix" ] && version=("-p:VersionSuffix=$suffix")
postgres=$(eng/fetch-postgres.sh)
# One process for all, so that Core is built once.
dotnet build eng/Pack.proj -v quiet -clp:NoSummary "${version[@]}" -p:EmbeddedPostgresFolder="$postgres" -p:PackageOutputPath="$(realpath "$folder")"
