#!/usr/bin/env bash
# Measures model calls through the published file beside other gateways on the same machine in the same run, and prints one page of tables.
#   bench/gateway.sh [--quick]
# --quick  rounds of two seconds and no 32 connections (about five minutes instead of twenty-five).
# BENCH_FILE=path  measures this published file instead of scaffolding and publishing one.
# BENCH_KEEP=1     keeps the folder of the run: logs, data, the figures of every round.
#
# What is compared: wrk posts the same calls of sixteen users (1 KB, and 76 KB as Claude Code sends them; answered whole, and streamed) to bare nginx with
# `proxy_pass`, to the file with everything on, to Portkey's gateway and to `claude gateway` with caps on spending, all in front of the same mock upstream.
# docs/benchmarks.md says what each of them does with a call. Rounds alternate, so that a busy neighbour hits everybody.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
. bench/calls.sh
. bench/peers.sh
. bench/memory.sh
. bench/gateway-report.sh

rounds=3 seconds=8 faults=0 ours_answers=0 all_connections=(1 32 64)
if $quick; then seconds=2 all_connections=(1 64); fi
[ "$(df -Pk "$work" | awk 'NR == 2 { print $4 }')" -gt 10000000 ] || die "$work has less than 10 GB left, and the audit rows of a run need some; set TMPDIR to a folder on another disk"
users=($(seq -f 'user-%02g' 16))
contenders=(nginx ours portkey claude) kinds=(answer stream) sizes=(1k 76k)
text='The harbour office opens at six, and the ferry to the island leaves at half past.'
mock_answer='{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"'$text'"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":231,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":22}}'

main() {
  step "Building what is measured"
  build_file
  install_portkey
  "$node" bench/gateway/make.mjs "$work"
  step "Starting PostgreSQL, the mock upstream, nginx, Portkey, claude gateway and $(basename "$file")"
  start_postgres
  start_mocks
  start_proxies
  start_portkey
  start_claude_gateway
  start_ours
  write_headers
  check_answers
  measure_load
  check_answers
  measure_rows
  measure_flat_memory
  measure_slow_streams
  gateway_report | tee "bench/results/gateway-$(date -u +%Y%m%d-%H%M%S).md"
}

# The profile `production`, whose provider is three here, so that the model says whether the mock answers, streams, or streams slowly; and budgets of money for each user
# and of tokens for all, which every call counts on and none uses up.
start_ours() {
  set_environment
  export ANTHROPIC_API_KEY=dummy ANSWERS_URL=http://127.0.0.1:$answers_port STREAMS_URL=http://127.0.0.1:$streams_port SLOW_URL=http://127.0.0.1:$slow_port
  sed -e 's#endpoint: ${ANTHROPIC_BASE_URL.*#endpoint: ${ANSWERS_URL}#' \
    -e 's#models: \["claude-\*"\]#models: [claude-haiku-4-5]\n    streams: { wire: anthropic, endpoint: "${STREAMS_URL}", api_key: "${ANTHROPIC_API_KEY}", models: [claude-sonnet-4-5] }\n    slow: { wire: anthropic, endpoint: "${SLOW_URL}", api_key: "${ANTHROPIC_API_KEY}", models: [claude-opus-4-5] }#' \
    templates/systemprompt/profiles/production/profile.yaml >"$work/run/profile.yaml"
  export SYSTEMPROMPT_PROFILE=$work/run/profile.yaml
  myco_production infra db migrate >/dev/null
  myco_production admin budgets set each --per user --window day --dollars 1000000000 >/dev/null
  myco_production admin budgets set all --per tenant --window month --tokens 1000000000000000 >/dev/null
  start_host
}

# One file for each of them, in blocks that wrk takes in turns; curl takes the first.
write_headers() {
  local user
  printf 'authorization: Bearer dummy\n' | tee "$work/headers-direct" >"$work/headers-nginx"
  printf 'x-api-key: dummy\nx-portkey-provider: anthropic\nx-portkey-custom-host: http://127.0.0.1:%s/v1\n' "$answers_port" >"$work/headers-portkey-answer"
  printf 'x-api-key: dummy\nx-portkey-provider: anthropic\nx-portkey-custom-host: http://127.0.0.1:%s/v1\n' "$streams_port" >"$work/headers-portkey-stream"
  for user in "${users[@]}"; do printf 'authorization: Bearer %s\n\n' "$(myco_production admin token create --tier user --sub "$user" --ttl 12h)"; done >"$work/headers-ours"
}

headers_of() { if [ "$1" = portkey ]; then echo "$work/headers-portkey-$2"; else echo "$work/headers-$1"; fi; } # name, kind

url_of() { # name, kind
  local at
  case $1-$2 in
    direct-answer) at=$answers_port ;; direct-stream) at=$streams_port ;;
    nginx-answer) at=$answers_proxy_port ;; nginx-stream) at=$streams_proxy_port ;;
    ours-*) at=$PORT ;; portkey-*) at=$portkey_port ;; claude-*) at=$claude_port ;;
  esac
  echo "http://127.0.0.1:$at/v1/messages"
}

post() { # name, kind, body file, [curl option…]
  local name=$1 kind=$2 body=$3
  shift 3
  sed '/^$/,$d' "$(headers_of "$name" "$kind")" >"$work/headers"
  curl -sS --max-time 30 "$(url_of "$name" "$kind")" -H "@$work/headers" -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' --data-binary "@$body" "$@"
}

# Before anything is counted, and after: everybody answers what the mock does, and ours counts on both budgets and refuses what carries a credential.
check_answers() {
  local name kind size answer said status
  for kind in "${kinds[@]}"; do
    for size in "${sizes[@]}"; do
      for name in direct "${contenders[@]}"; do
        answer=$work/checked-$name-$kind-$size
        status=$(post "$name" "$kind" "$work/$kind-$size.json" -o "$answer" -D "$work/headers-back" -w '%{http_code}')
        said=$(grep -oE '"text": ?"[^"]+"' "$answer" | sed -E 's/^"text": ?"//; s/"$//' | tr -d '\n')
        [ "$status" = 200 ] && [[ $said == "$text"* ]] || die "$name answered $status to $kind-$size: $(head -c 600 "$answer")"
        [ "$name" != ours ] || [ "$(grep -ciE '^x-budget-limit-(microdollars|tokens):' "$work/headers-back")" = 2 ] || die "a call did not count on both budgets"
      done
      cmp "$work/checked-direct-$kind-$size" "$work/checked-ours-$kind-$size" || die "the file changed the mock's answer"
    done
  done
  sed "s/When does/The key is $(printf '%s%s' gh p_)0oN3Ty7bXq9ZcLw5RkVd1MsGfHj4PuAe8Bi2. When does/" "$work/answer-1k.json" >"$work/leak.json"
  status=$(post ours answer "$work/leak.json" -o "$work/refused" -w '%{http_code}')
  [ "$status" = 451 ] || die "a call with a credential was answered $status: $(head -c 600 "$work/refused")"
}

measure_load() {
  step "Load: $rounds rounds of $seconds s, at ${all_connections[*]} connections"
  local name kind size connections
  # The runtimes compile what is hot anew while they run; ours is at its speed after a quarter of a minute.
  for kind in "${kinds[@]}"; do
    for size in "${sizes[@]}"; do
      for name in "${contenders[@]}"; do load "$name" "$kind" "$size" 64 "$([ "$name" = ours ] && echo 5 || echo 2)" warm-up; done
    done
  done
  psql -qAt -c 'select count(*) from ai.requests' >"$work/before"
  ours_answers=0 faults=0
  for _ in $(seq "$rounds"); do
    for connections in "${all_connections[@]}"; do
      for kind in "${kinds[@]}"; do
        for size in "${sizes[@]}"; do
          for name in $([ "$connections" != 1 ] || echo direct) "${contenders[@]}"; do load "$name" "$kind" "$size" "$connections" "$seconds" "$name-$kind-$size-$connections"; done
        done
      done
    done
  done
}

load() { # name, kind, size, connections, seconds, file of the round's figures
  local before=$faults
  BENCH_HEADERS=$(headers_of "$1" "$2") wrk_round "$1 $2 $3" "$work/$2-$3.json" "$4" "$5" "$(url_of "$1" "$2")" "$work/$6"
  [ $((faults - before)) = 0 ] || echo "$1 $2 $3 $4 $((faults - before))" >>"$work/faults"
  if [ "$1" = ours ]; then ours_answers=$((ours_answers + answers)); fi
  # What one of them has still to write is not to fall into the next one's round.
  sleep 0.2
}

# Ours: rows for every answer, and budgets that hold what the rows add up to.
measure_rows() {
  step "Rows and budgets against answers"
  local token
  left_open=$(open_rows)
  ours_rows=$(($(psql -qAt -c 'select count(*) from ai.requests') - $(cat "$work/before") - 4 - 1))
  [ "$ours_rows" -ge "$ours_answers" ] || die "$ours_answers model calls were answered, and only $ours_rows are recorded"
  token=$(sed -n '1s/.*Bearer //p' "$work/headers-ours")
  many "$(url_of ours answer)" "$work/answer-1k.json" "$token" >"$work/ids"
  many "$(url_of ours stream)" "$work/stream-76k.json" "$token" >>"$work/ids"
  exact_answers=$(wc -l <"$work/ids")
  exact_rows=$({ echo 'create temp table answered (id uuid);'; echo '\copy answered from stdin'; cat "$work/ids"; echo '\.'
    echo "select count(*) from answered where exists (select from ai.requests r where r.id = answered.id and r.status = 'completed');"; } | psql -qAt)
  [ "$exact_rows" = "$exact_answers" ] || die "$exact_answers answers were given, and $exact_rows of their ids are recorded"
  budgets_agree
  memory=$(printf '%s / ' "$(resident_of "$nginx_pid")" "$(resident)" "$(resident_of "$portkey_pid")" "$(resident_of "$claude_pid")")
}

# What is used of the budgets, less what was assumed of calls that were cut, is what the rows add up to; replicas report it each second.
budgets_agree() {
  local left=100
  until
    budgets=$(psql -qAt -F ' ' -c "select sum(spent - assumed) filter (where unit = 'microdollars'), sum(spent - assumed) filter (where unit = 'tokens') from budgets.windows")
    trail=$(psql -qAt -F ' ' -c "select sum(cost_microdollars), sum(input_tokens + output_tokens + coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0) + coalesce(cache_read_tokens, 0)) from ai.requests where not coalesce(usage_unknown, false)")
    [ "$budgets" = "$trail" ]
  do
    [ $((left--)) -gt 0 ] || die "the budgets hold $budgets microdollars and tokens, and the rows add up to $trail"
    sleep 0.1
  done
}

main
