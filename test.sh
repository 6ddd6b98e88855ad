#!/usr/bin/env bash
# Every test, from a fresh machine: installs what is missing, builds, scaffolds and publishes a trial, runs all suites
# against it, and closes with "N passed, N failed". Options: --quick leaves out the trial and everything that needs it.
set -euo pipefail
cd "$(dirname "$0")"
. eng/common.sh

quick=false
[ "${1:-}" = "--quick" ] && quick=true

results=$(mktemp -d "${TMPDIR:-/tmp}/systemprompt-tests.XXXXXX")
trap 'rm -rf "$results"' EXIT
failed_steps=0

step "Installing what the tests need"
eng/install-test-tools.sh

step "Building"
dotnet build Systemprompt.slnx -c Release -v quiet

# Runs one test project; its counts land in a .trx file.
suite() { # name, project, [environment…]
  local name=$1 project=$2
  shift 2
  step "Testing: $name"
  env "$@" dotnet test "$project" -c Release --no-build --nologo -v quiet \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" || failed_steps=$((failed_steps + 1))
}

postgres18=$(eng/fetch-postgres.sh)

suite generators tests/Systemprompt.Generators.Tests
suite architecture tests/Systemprompt.Architecture.Tests
suite core tests/Systemprompt.Core.Tests
suite embedded-postgres tests/Systemprompt.EmbeddedPostgres.Tests
suite integration-18 tests/Systemprompt.Integration.Tests SYSTEMPROMPT_TEST_POSTGRES="$postgres18/bin"
suite integration-15 tests/Systemprompt.Integration.Tests SYSTEMPROMPT_TEST_POSTGRES="$(debian_postgres)"
suite promises tests/Systemprompt.Promises.Tests

if ! $quick; then
  trial="$results/trial"
  step "Scaffolding, publishing and checking a trial"
  if ./try.sh --check --name MyCo --dir "$trial"; then
    suite published tests/Systemprompt.Published.Tests SYSTEMPROMPT_TRIAL_DIR="$trial"
    suite templates tests/Systemprompt.Templates.Tests SYSTEMPROMPT_TRIAL_DIR="$trial"
    suite clients tests/Systemprompt.Clients.Tests SYSTEMPROMPT_TRIAL_DIR="$trial"
    suite browser tests/Systemprompt.Browser.Tests SYSTEMPROMPT_TRIAL_DIR="$trial"
  else
    echo "the trial failed" >&2
    failed_steps=$((failed_steps + 1))
  fi
fi

eng/count-tests.sh "$results" "$failed_steps"
