# Sourced by setup.sh: figures and the page.

median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# A round is a line "answers-per-second p50 p99" in the file NAME-CONNECTIONS.
of() { cut -d ' ' -f "$3" "$work/$1-$2" | median; } # name, connections, column

# 1234567 as 1,234,567.
whole() { awk -v n="$1" 'BEGIN { n = sprintf("%.0f", n); while (length(n) > 3) { s = "," substr(n, length(n) - 2) s; n = substr(n, 1, length(n) - 3) } print n s }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

load_row() { # title, name, connections
  printf '| %s | %s | %s | %.2f | %.2f | %s |\n' "$1" "$3" "$(whole "$(of "$2" "$3" 1)")" "$(of "$2" "$3" 2)" "$(of "$2" "$3" 3)" \
    "$(ratio "$(of "$2" "$3" 1)" "$(of nginx "$3" 1)")"
}

fact() { printf '| %s | %s |\n' "$1" "$2"; }

report() {
  printf '# Benchmark, %s UTC\n\n' "$(date -u '+%Y-%m-%d %H:%M')"
  printf '%s cores (%s), shared by the load, the mock upstream, PostgreSQL and what is measured.\n' \
    "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
  printf 'PostgreSQL %s, fsync and synchronous_commit on, its data on %s; %s; %s.\n' \
    "$postgres_version" "$(stat -f -c %T "$work")" "$(nginx -v 2>&1 | sed 's/.*: //')" "$( (wrk -v 2>&1 || true) | awk 'NR == 1 { print $1, $2 }')"
  printf '%s rounds of %s s, alternating; medians. Only 2xx answers count. Load average before the run: %s; figures of a busy machine are worth little.\n\n' \
    "$rounds" "$seconds" "$busy"
  printf '| what | connections | answers/s | p50 ms | p99 ms | of nginx |\n|---|---:|---:|---:|---:|---:|\n'
  local connections
  for connections in 1 64; do
    load_row 'nginx `proxy_pass`' nginx $connections
    load_row '`POST /v1/messages`' messages $connections
    load_row '`POST /api/v1/hooks/govern`' hook $connections
  done

  printf '\n| what | figure |\n|---|---|\n'
  fact 'model calls answered / recorded, each by two rows' "$(whole "$messages_answers") / $(whole "$messages_rows")"
  fact 'hook decisions answered / recorded' "$(whole "$hook_answers") / $(whole "$hook_rows")"
  fact 'recorded, but cut by the load generator at the end of a round' "$((messages_rows + hook_rows - messages_answers - hook_answers))"
  fact 'answers whose id was looked up / found' "$(whole "$exact_answers") / $(whole "$exact_rows")"
  fact 'calls left open' "$left_open"
  fact 'bytes in the database: a model call / a hook decision' "$messages_bytes / $hook_bytes"
  fact 'answers that were not 2xx, and broken connections' "$faults"
  fact 'process start to ready, migrations checked' "$ready_median ms"
  fact 'resident memory: idle / after the load' "$idle_mb MB / $loaded_mb MB"
  fact 'published file' "$(whole "$(stat -c %s "$file")") bytes"
  fact '`version`' "$version_ms ms"
  fact '`infra audit list`: empty trail / after the load' "$list_ms ms / $list_loaded_ms ms"
  fact '`dotnet new` to the first answered request' "$first_answer"
}
