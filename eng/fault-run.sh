#!/usr/bin/env bash
# The long run of faults against the published file: under load the host is killed 50 times and PostgreSQL with all its processes 10 times (kill -9), then the
# database is away for 30 seconds; with both modes of the audit trail, on one replica and on three. Ends with 0 when no row was lost, none is there twice, and budgets are exact.
# Takes about eight minutes, and a few more to make a trial. docs/reliability.md has the figures of the last run.
#   eng/fault-run.sh
# SYSTEMPROMPT_TRIAL_DIR=path  takes the trial there instead of making one.
# SYSTEMPROMPT_FAULT_HOST_KILLS, SYSTEMPROMPT_FAULT_SERVER_KILLS, SYSTEMPROMPT_FAULT_OUTAGE (seconds) change the numbers.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/common.sh

export SYSTEMPROMPT_FAULT_HOST_KILLS=${SYSTEMPROMPT_FAULT_HOST_KILLS:-50} SYSTEMPROMPT_FAULT_SERVER_KILLS=${SYSTEMPROMPT_FAULT_SERVER_KILLS:-10}
export SYSTEMPROMPT_FAULT_OUTAGE=${SYSTEMPROMPT_FAULT_OUTAGE:-30}
if [ -z "${SYSTEMPROMPT_TRIAL_DIR:-}" ]; then
  SYSTEMPROMPT_TRIAL_DIR=$(mktemp -d "${TMPDIR:-/tmp}/systemprompt-faults.XXXXXX")
  trap 'rm -rf "$SYSTEMPROMPT_TRIAL_DIR"' EXIT
  ./try.sh --check --name MyCo --dir "$SYSTEMPROMPT_TRIAL_DIR/trial" --port 18095
  export SYSTEMPROMPT_TRIAL_DIR=$SYSTEMPROMPT_TRIAL_DIR/trial
fi
if [ -z "${SYSTEMPROMPT_TEST_POSTGRES:-}" ]; then SYSTEMPROMPT_TEST_POSTGRES=$(eng/fetch-postgres.sh)/bin; fi
export SYSTEMPROMPT_TEST_POSTGRES
dotnet test tests/Systemprompt.Published.Tests -c Release --logger 'console;verbosity=detailed' --filter FullyQualifiedName~FaultRunTests
