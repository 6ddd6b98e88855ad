#!/usr/bin/env bash
# From a clone to a running trial in one command: packs the libraries, scaffolds a solution from the template, publishes it to one file,
# starts it on its own PostgreSQL and says what to do next. Ctrl-C stops everything.
#   ./try.sh [--check] [--name MyCo] [--dir DIR] [--port 8080]
# --check  does all of that and everything it recommends (calls, audit rows, an added extension, the tests), then stops.
# --dir    where the solution goes: DIR/NAME; by default outside this clone.
set -euo pipefail
cd "$(dirname "$0")"
. eng/common.sh
. eng/trial.sh

check=false name=MyCo port=8080
dir="${TMPDIR:-/tmp}/systemprompt-trial-$(id -un)"
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=true ;;
    --name) name=${2:?--name needs a value}; shift ;;
    --dir) dir=${2:?--dir needs a value}; shift ;;
    --port) port=${2:?--port needs a value}; shift ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown option '$1'; ./try.sh --help lists them" ;;
  esac
  shift
done

clone=$PWD
trial_prepare
trial_scaffold
trial_publish
trial_start
trial_say_next

if $check; then
  . eng/trial-check.sh
  check_all
else
  printf '\nServing. Ctrl-C stops it; the log is %s\n' "$dir/$binary.log"
  wait "$server" || true
fi
