# Sourced by run.sh and gateway.sh: calls, one by one and by the load generator. A call's answers are counted in answers, failed ones in faults.

# Posts a file over and over, as many at a time as there are connections, and writes a round's line to a file. BENCH_TOKEN or BENCH_HEADERS
# (see wrk.lua) says who calls.
wrk_round() { # name, body file, connections, seconds, address, file of the round's figures
  local threads=2 figures duration bad p50 p99
  [ "$3" = 1 ] && threads=1
  figures=$(BENCH_BODY=$2 timeout $(($4 + 30)) wrk -t $threads -c "$3" -d "$4s" --timeout 10s -s "$clone/bench/wrk.lua" "$5" | sed -n 's/^FIGURES //p')
  [ -n "$figures" ] || die "wrk gave no figures for $1"
  read -r answers duration bad p50 p99 <<<"$figures"
  awk -v n="$answers" -v us="$duration" -v a="$p50" -v b="$p99" 'BEGIN { print n * 1000000 / us, a, b }' >>"$6"
  faults=$((faults + bad))
  printf '    %-20s %2s connections  %9s/s  p50 %s ms  p99 %s ms\n' "$1" "$3" "$(tail -n 1 "$6" | cut -d ' ' -f 1)" "$p50" "$p99" >&2
}

# Two thousand answered calls by one client over 64 connections: the ids of the answers, one a line. Another status than 200 ends the run.
many() { # address, body file, token
  local config=$work/many i
  for i in $(seq 2000); do
    printf 'url = "%s"\ndata-binary = "@%s"\nheader = "Authorization: Bearer %s"\nheader = "content-type: application/json"\noutput = "/dev/null"\nwrite-out = "%%{http_code} %%header{x-audit-id}\\n"\nnext\n' "$1" "$2" "$3"
  done | sed '$d' >"$config"
  timeout 120 curl -sS --no-progress-meter --parallel --parallel-max 64 -K "$config" | awk '$1 == 200 && $2 != "" { print $2; n++ } END { exit n != 2000 }' ||
    die "not every one of 2000 calls to $1 was answered 200 with an id"
}

# Waits until no call is under way, and says how many rows are still open after ten seconds.
open_rows() {
  local left=100
  until [ "$(psql -qAt -c "select count(*) from ai.requests where status = 'open'")" = 0 ] || [ $((left--)) = 0 ]; do sleep 0.1; done
  psql -qAt -c "select count(*) from ai.requests where status = 'open'"
}
