#!/usr/bin/env bash
# Records which methods a published file runs, and writes what the next publish compiles ahead: src/Systemprompt.Core/build/startup.mibc (the methods)
# and startup.txt (the assemblies of which nothing else is compiled ahead). Takes about a quarter of an hour.
#   eng/record-startup-profile.sh [--dir DIR]
# --dir  where the trial and the recordings go (about 5 GB); by default a folder that is removed at the end.
# What is recorded is what tests make the file do: every command, every page, every door, the clients, starts, stops, jobs.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh
. eng/trial.sh

clone=$PWD name=MyCo port=18090 check=true dir=
[ "${1:-}" = --dir ] && dir=${2:?--dir needs a value}
if [ -z "$dir" ]; then
  dir=$(mktemp -d "${TMPDIR:-/tmp}/systemprompt-profile.XXXXXX")
  chmod 755 "$dir"
  trap 'rm -rf "$dir"' EXIT
fi

step "Installing what the tests need"
eng/install-test-tools.sh
trial_prepare
trial_scaffold
trial_publish

recordings=$dir/recordings
rm -rf "$recordings" "$dir/postgres"
mkdir -m 777 "$recordings"
cp -r "$(eng/fetch-postgres.sh)" "$dir/postgres"

record() { # project, suite…
  local project=$1 filter=
  shift
  step "Recording: $project"
  for suite in "$@"; do filter+="${filter:+|}FullyQualifiedName~$project.${suite}Tests"; done
  # A test that is in a hurry may fail under the recorder; what ran until then is recorded.
  SYSTEMPROMPT_RECORDINGS=$recordings SYSTEMPROMPT_TRIAL_DIR=$dir SYSTEMPROMPT_TEST_POSTGRES=$dir/postgres/bin \
    dotnet test "tests/Systemprompt.$project" -c Release --nologo -v quiet --filter "$filter" || true
}

# Left out: what is slow and makes the file do nothing new (crashes, replicas, midnights, other machines, building solutions).
record Published.Tests Analytics AuditId Body Budget Call Command Content Docs Doctor Event File Job Log OneFile Profile Revocation SecretStore Secret Start Stop Telemetry Tier User
record Clients.Tests AnthropicClient OpenAiClient OtherProvider Protocol RefusalTable

step "Writing the profile"
count=$(find "$recordings" -name '*.nettrace' | wc -l)
[ "$count" -gt 500 ] || die "only $count recordings in $recordings: did the tests run?"
dotnet run --project eng/startup-profile -c Release -v quiet -- "$recordings" "$solution/$name.Host/obj/Release/net10.0/linux-x64/linked" "$name" src/Systemprompt.Core/build/startup.mibc
