#!/usr/bin/env bash
# Measures what the rooms beside the gateway cost the published file: a stream of log lines, and many listeners.
#   bench/rooms.sh [--quick]
# --quick  two short rounds instead of five.
# BENCH_FILE=path  measures this published file instead of scaffolding and publishing one.
# BENCH_KEEP=1     keeps the folder of the run.
#
# Logs: one client asks for models over one connection, in turns without and with 50,000 log lines a second written by the job `logging.probe`,
# each to the console (a file) and to the database. Then as many lines as it can. Listeners: 2,000 connections to /api/v1/events of 200 users.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

rounds=5 seconds=10
if $quick; then rounds=2 seconds=4; fi
rate=50000

ask() { # file of the round's figures
  local figures
  figures=$(wrk -t 1 -c 1 -d "${seconds}s" --latency -H "Authorization: Bearer $token" "http://127.0.0.1:$PORT/v1/models")
  grep -q 'Non-2xx' <<<"$figures" && die "not every answer was 2xx"
  awk '$1 == "50%" || $1 == "99%" { t = $2; f = t ~ /us$/ ? 0.001 : t ~ /ms$/ ? 1 : 1000; sub(/[a-z]+$/, "", t); printf "%.4f ", t * f } END { print "" }' <<<"$figures" >>"$work/$1"
}

# So many lines, at so many a second; returns once the job runs.
storm() { # lines, a second
  psql -qAt -c "insert into scheduler.jobs (tenant, kind, args, state, priority, run_at)
    select tenant, 'logging.probe', '{\"lines\":$1,\"perSecond\":$2,\"text\":\"the ferry to the island leaves at half past\"}', 'waiting', 1, now() from scheduler.workers limit 1"
  until [ "$(psql -qAt -c "select count(*) from scheduler.jobs where kind = 'logging.probe' and state = 'running'")" = 1 ]; do sleep 0.05; done
}

storm_over() { until [ "$(psql -qAt -c "select count(*) from scheduler.jobs where kind = 'logging.probe'")" = 0 ]; do sleep 0.1; done; }

lines_in_database() { psql -qAt -c "select count(*) from logging.entries where event = 2303"; }

dropped() { psql -qAt -c "select coalesce(sum((fields->>'Dropped')::bigint), 0) from logging.entries where event = 2302"; }

column() { cut -d ' ' -f "$2" "$work/$1" | median; }

step "Building what is measured"
build_file
step "Starting PostgreSQL and $(basename "$file")"
start_postgres
set_environment
start_host
token=$(myco_production admin token create --tier user --sub bench --ttl 12h)

step "Logs: $rounds rounds of $seconds s"
ask warm-up
for _ in $(seq "$rounds"); do
  ask quiet
  storm $((rate * (seconds + 1))) $rate
  ask logging
  storm_over
done
until [ "$(lines_in_database)" -ge $((rate * (seconds + 1) * rounds - $(dropped))) ]; do sleep 0.2; done
sent=$((rate * (seconds + 1) * rounds)) written=$(lines_in_database) lost=$(dropped)

step "As many lines as it can: 1,000,000"
begun=$(now_ms)
storm 1000000 0
storm_over
burst_ms=$(psql -qAt -c "select round(extract(epoch from finished_at - started_at) * 1000) from scheduler.history where kind = 'logging.probe' order by finished_at desc limit 1")
until [ $(($(lines_in_database) + $(dropped))) -ge $((sent + 1000000)) ] || [ $(($(now_ms) - begun)) -gt 60000 ]; do sleep 0.2; done
burst_written=$(($(lines_in_database) - written)) burst_lost=$(($(dropped) - lost))

step "Listeners: 2,000"
stop_host
start_host
sleep 2
idle_mb=$(resident)
# The claims of a token that the file made, for tokens of as many users.
BENCH_CLAIMS=$(cut -d . -f 2 <<<"$token" | tr '_-' '/+' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' | base64 -d) node bench/listeners.mjs "http://127.0.0.1:$PORT" "$JWT_SECRET" 2000 200 >"$work/listeners.log" 2>&1 &
started_pids+=($!)
wait_for "the listeners" "$work/listeners.log" $! grep -q 'listening 2000' "$work/listeners.log"
sleep 3
listening_mb=$(resident)

{
  printf '# Logs and listeners, %s UTC\n\n%s cores, PostgreSQL %s, %s rounds of %s s, alternating, medians. Load average before the run: %s.\n\n' \
    "$(date -u '+%Y-%m-%d %H:%M')" "$(nproc)" "$postgres_version" "$rounds" "$seconds" "$busy"
  printf '| `GET /v1/models`, one connection | p50 ms | p99 ms |\n|---|---:|---:|\n'
  printf '| nothing else | %.3f | %.3f |\n' "$(column quiet 1)" "$(column quiet 2)"
  printf '| with %s log lines a second | %.3f | %.3f |\n' "$(whole $rate)" "$(column logging 1)" "$(column logging 2)"
  printf '\n| what | figure |\n|---|---|\n'
  fact 'p50 with lines / without' "$(ratio "$(column logging 1)" "$(column quiet 1)")"
  fact 'lines written at that rate / in the database / dropped' "$(whole "$sent") / $(whole "$written") / $(whole "$lost")"
  fact '1,000,000 lines at once: accepted a second / in the database / dropped' "$(whole $((1000000000 / burst_ms))) / $(whole "$burst_written") / $(whole "$burst_lost")"
  fact 'resident memory: idle / with 2,000 listeners' "$idle_mb MB / $listening_mb MB"
} | tee "bench/results/rooms-$(date -u +%Y%m%d-%H%M%S).md"
