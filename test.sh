#!/usr/bin/env bash
# Every test, from a fresh machine: installs what is missing, builds, scaffolds and publishes a trial, runs all suites
# against it, and closes with "N passed, N failed". Options: --quick leaves out the trial and everything that needs it.
set -euo pipefail
cd "$(dirname "$0")"
. eng/common.sh

quick=false
[ "${1:-}" = "--quick" ] && quick=true

results=$(mktemp -d "${TMPDIR:-/tmp}/systemprompt-tests.XXXXXX")
# A trial started by root runs PostgreSQL as another user, who has to get in.
chmod 755 "$results"
trap 'rm -rf "$results"' EXIT
failed_steps=0
timings=

step "Installing what the tests need"
eng/install-test-tools.sh

step "Building"
dotnet build Systemprompt.slnx -c Release -v quiet

# Runs one test project; its counts land in a .trx file.
suite() { # name, project, [environment…]
  local name=$1 project=$2 began=$SECONDS
  shift 2
  step "Testing: $name"
  env "$@" dotnet test "$project" -c Release --no-build --nologo -v quiet \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" || failed_steps=$((failed_steps + 1))
  timings+="$(printf '    %-20s %4s s' "$name" $((SECONDS - began)))"$'\n'
}

# Beside the results, since the clone may lie where only root gets in.
cp -r "$(eng/fetch-postgres.sh)" "$results/postgres"
postgres18=$results/postgres

suite generators tests/Systemprompt.Generators.Tests
suite architecture tests/Systemprompt.Architecture.Tests
suite core tests/Systemprompt.Core.Tests
suite engines tests/Systemprompt.Engines.Tests
suite embedded-postgres tests/Systemprompt.EmbeddedPostgres.Tests
suite integration-18 tests/Systemprompt.Integration.Tests SYSTEMPROMPT_TEST_POSTGRES="$postgres18/bin"
suite integration-15 tests/Systemprompt.Integration.Tests SYSTEMPROMPT_TEST_POSTGRES="$(debian_postgres)"
suite promises tests/Systemprompt.Promises.Tests

if ! $quick; then
  trial="$results/trial"
  step "Scaffolding, publishing and checking a trial"
  began=$SECONDS
  if ./try.sh --check --name MyCo --dir "$trial"; then
    timings+="$(printf '    %-20s %4s s' trial $((SECONDS - began)))"$'\n'
    suite published tests/Systemprompt.Published.Tests SYSTEMPROMPT_TRIAL_DIR="$trial" SYSTEMPROMPT_TEST_POSTGRES="$postgres18/bin"
    suite templates tests/Systemprompt.Templates.Tests SYSTEMPROMPT_TRIAL_DIR="$trial"
    suite clients tests/Systemprompt.Clients.Tests SYSTEMPROMPT_TRIAL_DIR="$trial" SYSTEMPROMPT_TEST_POSTGRES="$postgres18/bin"
    suite browser tests/Systemprompt.Browser.Tests SYSTEMPROMPT_TRIAL_DIR="$trial" SYSTEMPROMPT_TEST_POSTGRES="$postgres18/bin"
  else
    echo "the trial failed" >&2
    failed_steps=$((failed_steps + 1))
  fi
fi

step "Time taken"
printf '%s' "$timings"
eng/count-tests.sh "$results" "$failed_steps"
