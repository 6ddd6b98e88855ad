# Sourced by gateway.sh: whether memory stays where it is over many calls, and what slow streams take. Each begins with a process of its own.

flat_calls=200000 slow_streams=1000

# Resident memory after a warm-up, and at the end of each slice of the calls that follow.
measure_flat_memory() {
  step "Memory over $flat_calls calls"
  local done_calls=0 counted=$ours_answers
  stop_host
  start_host
  load ours answer 1k 64 20 memory-warm-up
  flat=($(resident))
  while [ "$done_calls" -lt $flat_calls ]; do
    load ours answer 1k 64 5 memory-slices
    done_calls=$((done_calls + answers))
    flat+=($(resident))
  done
  # Their rows are not what was counted before.
  flat_done=$done_calls ours_answers=$counted
  echo "    ${flat[*]} MB" >&2
}

# A thousand clients read streams of eight seconds, all under way at once.
measure_slow_streams() {
  step "Memory with $slow_streams slow streams"
  local now
  stop_host
  start_host
  sed 's/claude-sonnet-4-5/claude-opus-4-5/' "$work/stream-1k.json" >"$work/slow-1k.json"
  idle_memory=$(resident) slow_memory=0 slow_open=0
  BENCH_BODY=$work/slow-1k.json BENCH_HEADERS=$work/headers-ours timeout 90 wrk -t 2 -c $slow_streams -d 24s --timeout 60s -s "$clone/bench/wrk.lua" "$(url_of ours stream)" >"$work/slow.log" &
  while kill -0 $! 2>/dev/null; do
    now=$(resident)
    [ "$now" -le $slow_memory ] || slow_memory=$now
    now=$(psql -qAt -c "select count(*) from ai.requests_opened o where o.model = 'claude-opus-4-5' and not exists (select from ai.requests_settled s where s.id = o.id)")
    [ "$now" -le $slow_open ] || slow_open=$now
    sleep 1
  done
  wait $!
  slow_answers=$(sed -n 's/^FIGURES \([0-9]*\) .*/\1/p' "$work/slow.log")
  [ "${slow_answers:-0}" -ge $slow_streams ] || die "only ${slow_answers:-0} of $slow_streams slow streams came to their end"
}

memory_report() {
  local highest
  highest=$(printf '%s\n' "${flat[@]}" | sort -n | tail -n 1)
  fact "ours: resident memory after a warm-up, highest and last of $(whole "$flat_done") calls at 64 connections" \
    "${flat[0]} / $highest / ${flat[-1]} MB ($(awk -v a="${flat[0]}" -v b="${flat[-1]}" 'BEGIN { printf "%+.0f %%", (b - a) * 100 / a }'))"
  fact "ours: resident memory before / highest with slow streams; most of them at once; ended" "$idle_memory / $slow_memory MB; $(whole "$slow_open"); $(whole "$slow_answers")"
}
