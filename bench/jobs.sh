#!/usr/bin/env bash
# Measures the job queue of the published file beside graphile-worker and pg-boss, on the same PostgreSQL in the same run.
#   bench/jobs.sh [--quick]
# BENCH_FILE=path  measures this published file instead of scaffolding and publishing one.
# BENCH_KEEP=1     keeps the folder of the run.
#
# One worker process each, jobs that do nothing. graphile-worker runs with its default settings; pg-boss, whose defaults are one job each two
# seconds, with batches of ten in burst mode. A client in another process enqueues 500 jobs one by one (their times), 30 with a pause between
# (time to done, idle), then many in thousands, and waits until the last is done. Rounds alternate.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

rounds=3 jobs=20000 worker_pid=''
if $quick; then rounds=1 jobs=5000; fi
(cd bench/jobs && npm ci --no-audit --no-fund --loglevel=error)
node=$clone/bench/jobs/node_modules/.bin/node

start_worker() { # peer
  local log=$work/$1.log
  : >"$log"
  case $1 in
    ours) (cd "$work/run" && exec "$file" services start --only jobs) >"$log" 2>&1 & ;;
    *) (cd bench/jobs && exec "$node" peer.js "$1" worker 0) >"$log" 2>&1 & ;;
  esac
  worker_pid=$!
  started_pids+=($worker_pid)
  local begun=$SECONDS
  until grep -qE '^ready|API_READY' "$log"; do
    kill -0 "$worker_pid" 2>/dev/null || { cat "$log" >&2; die "the worker of $1 ended"; }
    [ $((SECONDS - begun)) -lt 60 ] || die "the worker of $1 is not ready"
    sleep 0.1
  done
}

stop_worker() { kill -s TERM "$worker_pid" 2>/dev/null || true; wait "$worker_pid" 2>/dev/null || true; }

round() { # peer
  local answer
  start_worker "$1"
  case $1 in
    ours) answer=$(cd "$work/run" && dotnet "$clone/artifacts/bin/JobBench/release/JobBench.dll" "$jobs") ;;
    *) answer=$(cd bench/jobs && "$node" peer.js "$1" client "$jobs") ;;
  esac
  stop_worker
  printf '%s' "$answer" | "$node" -e "
    const a = JSON.parse(require('fs').readFileSync(0)); console.log(a.perSecond, a.enqueueP50, a.enqueueP99, a.latencyP50, a.startP50 ?? '')" >>"$work/round-$1"
  echo "    $1: $answer" >&2
}

column() { cut -d ' ' -f "$2" "$work/round-$1" | median; }

row() { # title, peer
  printf '| %s | %s | %.2f | %.2f | %.2f | %s |\n' "$1" "$(whole "$(column "$2" 1)")" "$(column "$2" 2)" "$(column "$2" 3)" "$(column "$2" 4)" "$(ratio "$(column ours 1)" "$(column "$2" 1)")"
}

step "Building what is measured"
dotnet build bench/JobBench -c Release -v quiet -clp:NoSummary >&2
build_file
step "Starting PostgreSQL"
start_postgres
set_environment
export BENCH_URL=$DATABASE_URL
step "Measuring: $rounds rounds of $jobs jobs"
# The peers make their tables at their first start.
for peer in graphile pgboss ours; do start_worker $peer; stop_worker; done
for _ in $(seq "$rounds"); do for peer in graphile pgboss ours; do round $peer; done; done

{
  printf '# Job queues, %s UTC\n\n%s cores, PostgreSQL %s with fsync, %s rounds of %s jobs that do nothing, medians. Load average before the run: %s.\n\n' \
    "$(date -u '+%Y-%m-%d %H:%M')" "$(nproc)" "$postgres_version" "$rounds" "$(whole "$jobs")" "$busy"
  printf '| queue, one worker process | enqueued to done, jobs/s | enqueue p50 ms | enqueue p99 ms | idle: enqueue to done p50 ms | ours is |\n|---|---:|---:|---:|---:|---:|\n'
  row 'ours (10 slots)' ours
  row 'graphile-worker, defaults' graphile
  row 'pg-boss, batches of 10, burst' pgboss
  printf '\nours, idle: enqueue to start p50 %.2f ms\n' "$(column ours 5)"
} | tee "bench/results/jobs-$(date -u +%Y%m%d-%H%M%S).md"
