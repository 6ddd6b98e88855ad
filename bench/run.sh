#!/usr/bin/env bash
# Measures the published file beside bare nginx on the same machine in the same run, and prints one page of tables.
#   bench/run.sh [--quick]
# --quick  three short rounds instead of five long ones (about two minutes, and a tenth of the disk).
# BENCH_FILE=path  measures this published file instead of scaffolding and publishing one; its profile must be the template's `production`.
# BENCH_KEEP=1     keeps the folder of the run: logs, data, the figures of every round.
#
# What is compared: wrk posts the same 1 KB model call to nginx with `proxy_pass`, and to the file, both in front of the same mock upstream.
# nginx passes bytes; the file verifies a token, counts limits, runs every policy, commits a row before the upstream call and one before the
# answer, and prices it. Hook decisions have no upstream, and commit one row. Rounds alternate, so that a busy neighbour hits everybody.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. bench/calls.sh

rounds=5 seconds=10 faults=0
if $quick; then rounds=3 seconds=2; fi
[ "$(df -Pk "$work" | awk 'NR == 2 { print $4 }')" -gt 10000000 ] || die "$work has less than 10 GB left, and the audit rows of a run need some; set TMPDIR to a folder on another disk"

mock_answer='{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"The harbour office opens at six, and the ferry to the island leaves at half past."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":231,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":22}}'

main() {
  step "Building what is measured"
  build_file
  step "Starting PostgreSQL, the mock upstream, nginx and $(basename "$file")"
  start_postgres
  start_mock
  start_proxy
  set_environment
  export ANTHROPIC_BASE_URL=http://127.0.0.1:$mock_port ANTHROPIC_API_KEY=dummy
  start_host
  write_bodies
  token=$(myco_production admin token create --tier user --sub bench --ttl 12h)
  check_answers
  measure_small_things
  measure_load
  measure_rows
  loaded_mb=$(resident)
  list_loaded_ms=$(time_of 3 infra audit list)
  stop_host
  report | tee "bench/results/$(date -u +%Y%m%d-%H%M%S).md"
}

write_bodies() {
  local head='{"model":"claude-haiku-4-5","max_tokens":64,"messages":[{"role":"user","content":"' tail='"}]}' text=
  while [ ${#text} -lt 1024 ]; do text+='When does the ferry to the island leave, and who sells the tickets on a Sunday? '; done
  printf '%s%s%s' "$head" "${text:0:$((1024 - ${#head} - ${#tail}))}" "$tail" >"$work/messages.json"
  printf '%s' '{"session_id":"4c5b8d1e-65a5-4a54-8f6e-0a4f5d1b2c3d","transcript_path":"/home/alice/.claude/projects/ferry/4c5b8d1e.jsonl","cwd":"/home/alice/ferry","permission_mode":"default","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"git status --short","description":"Show what changed"},"tool_use_id":"toolu_01A09q90qw90lq917835lq9"}' >"$work/hook.json"
}

post() { # address, body file, [curl option…]
  local address=$1 body=$2
  shift 2
  curl -sS --max-time 30 "$address" -H "Authorization: Bearer $token" -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' --data-binary "@$body" "$@"
}

messages_url() { echo "http://127.0.0.1:$PORT/v1/messages"; }
hook_url() { echo "http://127.0.0.1:$PORT/api/v1/hooks/govern"; }
nginx_url() { echo "http://127.0.0.1:$proxy_port/v1/messages"; }

# Before anything is counted: everybody answers what they should.
check_answers() {
  local answer
  answer=$(post "$(messages_url)" "$work/messages.json")
  [ "$answer" = "$mock_answer" ] || die "/v1/messages did not pass the mock's answer on: $answer"
  [ -z "${started:-}" ] || first_answer="$((($(now_ms) - started) / 1000)) s"
  answer=$(post "$(nginx_url)" "$work/messages.json")
  [ "$answer" = "$mock_answer" ] || die "nginx did not pass the mock's answer on: $answer"
  answer=$(post "$(hook_url)" "$work/hook.json")
  [ "$answer" = '{}' ] || die "the hook door objected to a harmless call: $answer"
}

time_of() { # times, command of the file…
  local times=$1 begun
  shift
  for _ in $(seq "$times"); do
    begun=$(now_ms)
    myco_production "$@" >/dev/null || die "'$*' failed"
    echo $(($(now_ms) - begun))
  done | median
}

measure_small_things() {
  step "Start, memory, commands"
  for _ in 1 2 3 4 5; do
    stop_host
    start_host
    echo "$ready_ms" >>"$work/ready"
  done
  ready_median=$(median <"$work/ready")
  version_ms=$(time_of 9 version)
  list_ms=$(time_of 9 infra audit list)
  idle_mb=$(resident)
}

measure_load() {
  step "Load: $rounds rounds of $seconds s, at 1 and 64 connections"
  psql -qAt -c 'select count(*) from ai.requests' >"$work/before-messages"
  psql -qAt -c "select count(*) from governance.hook_decisions where door = 'hook'" >"$work/before-hook"
  messages_answers=0 hook_answers=0
  local name connections round
  # Counted as answers, not as a round. The runtime compiles what is hot anew while it runs: measured, a door is at its speed after a quarter of a
  # minute of load, and a third below it before.
  load nginx 64 2 warm-up
  for name in messages hook; do load "$name" 64 15 warm-up; done
  for round in $(seq "$rounds"); do
    for connections in 1 64; do
      for name in nginx messages hook; do load "$name" $connections "$seconds" "$name-$connections"; done
    done
  done
}

load() { # name, connections, seconds, file of the round's figures
  local body=$work/messages.json
  [ "$1" = hook ] && body=$work/hook.json
  BENCH_TOKEN=$token wrk_round "$1" "$body" "$2" "$3" "$("$1_url")" "$work/$4"
  case $1 in messages) messages_answers=$((messages_answers + answers)) ;; hook) hook_answers=$((hook_answers + answers)) ;; esac
}

# A row for every answer: by count over the rounds, where calls under way at a round's end have rows and no answer, and by id over a pass
# that cuts nothing.
measure_rows() {
  step "Rows against answers"
  left_open=$(open_rows)
  messages_rows=$(($(psql -qAt -c 'select count(*) from ai.requests') - $(cat "$work/before-messages")))
  hook_rows=$(($(psql -qAt -c "select count(*) from governance.hook_decisions where door = 'hook'") - $(cat "$work/before-hook")))
  [ "$messages_rows" -ge "$messages_answers" ] || die "$messages_answers model calls were answered, and only $messages_rows are recorded"
  [ "$hook_rows" -ge "$hook_answers" ] || die "$hook_answers hook decisions were answered, and only $hook_rows are recorded"

  messages_bytes=$(($(size_of ai.requests_opened ai.requests_settled) / messages_rows))
  hook_bytes=$(($(size_of governance.hook_decisions) / hook_rows))

  many "$(messages_url)" "$work/messages.json" "$token" >"$work/ids"
  many "$(hook_url)" "$work/hook.json" "$token" >>"$work/ids"
  exact_answers=$(wc -l <"$work/ids")
  exact_rows=$({
    echo 'create temp table answered (id uuid);'
    echo '\copy answered from stdin'
    cat "$work/ids"
    echo '\.'
    echo "select (select count(*) from answered where exists (select from ai.requests r where r.id = answered.id and r.status = 'completed'))"
    echo " + (select count(*) from answered where exists (select from governance.hook_decisions d where d.id = answered.id));"
  } | psql -qAt)
  [ "$exact_rows" = "$exact_answers" ] || die "$exact_answers answers were given, and $exact_rows of their ids are recorded"
}

# What tables take on disk, with their indexes.
size_of() { for table in "$@"; do psql -qAt -c "select sum(pg_total_relation_size(relid)) from pg_partition_tree('$table')"; done | awk '{ n += $1 } END { printf "%.0f", n }'; }

main
