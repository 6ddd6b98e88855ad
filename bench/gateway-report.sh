# Sourced by gateway.sh: the page.

title_of() { case $1 in nginx) echo 'nginx `proxy_pass`' ;; ours) echo '**ours**' ;; portkey) echo 'Portkey' ;; claude) echo '`claude gateway`' ;; esac; }
shape_of() { printf '%s, %s KB' "$([ "$1" = stream ] && echo streamed || echo whole)" "${2%k}"; } # kind, size

gateway_report() {
  local kind size connections name speed
  printf '# Gateways, %s UTC\n\n' "$(date -u '+%Y-%m-%d %H:%M')"
  printf '%s cores (%s), shared by the load, the mock upstream, PostgreSQL and what is measured. PostgreSQL %s, fsync and synchronous_commit on, its data on %s; %s; %s;\n' \
    "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$postgres_version" "$(stat -f -c %T "$work")" "$(nginx -v 2>&1 | sed 's/.*: //')" "$( (wrk -v 2>&1 || true) | awk 'NR == 1 { print $1, $2 }')"
  printf 'Portkey %s on node %s; Claude Code %s; ours %s.\n' "$("$node" -p "require('$clone/.tools/bench/node_modules/@portkey-ai/gateway/package.json').version")" "$("$node" -p process.versions.node)" \
    "$("$node" -p "require('$clone/.tools/clients/node_modules/@anthropic-ai/claude-code/package.json').version")" "$(myco_production version | awk '$1 == "systemprompt" { print $2 }')"
  printf '%s rounds of %s s, alternating; medians. Load average before the run: %s, after it: %s; figures of a busy machine are worth little.\n\n' "$rounds" "$seconds" "$busy" "$(cut -d ' ' -f 1 /proc/loadavg)"

  printf '| call | connections | gateway | answers/s | p50 ms | p99 ms | of nginx |\n|---|---:|---|---:|---:|---:|---:|\n'
  for kind in "${kinds[@]}"; do for size in "${sizes[@]}"; do for connections in "${all_connections[@]}"; do for name in "${contenders[@]}"; do
    speed=$(of "$name-$kind-$size" "$connections" 1)
    printf '| %s | %s | %s | %s | %.2f | %.2f | %s |\n' "$(shape_of "$kind" "$size")" "$connections" "$(title_of "$name")" "$(whole "$speed")" "$(of "$name-$kind-$size" "$connections" 2)" \
      "$(of "$name-$kind-$size" "$connections" 3)" "$(ratio "$speed" "$(of "nginx-$kind-$size" "$connections" 1)")"
  done; done; done; done

  printf '\nOurs, times as many answers a second:\n\n| call | connections | of nginx | × Portkey | × `claude gateway` |\n|---|---:|---:|---:|---:|\n'
  for kind in "${kinds[@]}"; do for size in "${sizes[@]}"; do for connections in "${all_connections[@]}"; do
    printf '| %s | %s' "$(shape_of "$kind" "$size")" "$connections"
    for name in nginx portkey claude; do printf ' | %s' "$(ratio "$(of "ours-$kind-$size" "$connections" 1)" "$(of "$name-$kind-$size" "$connections" 1)")"; done
    printf ' |\n'
  done; done; done

  printf '\nAdded to a call straight to the mock, p50 ms at one connection:\n\n| call | straight | nginx | ours | Portkey | `claude gateway` |\n|---|---:|---:|---:|---:|---:|\n'
  for kind in "${kinds[@]}"; do for size in "${sizes[@]}"; do
    printf '| %s | %.3f' "$(shape_of "$kind" "$size")" "$(of "direct-$kind-$size" 1 2)"
    for name in "${contenders[@]}"; do printf ' | +%s' "$(awk -v a="$(of "$name-$kind-$size" 1 2)" -v b="$(of "direct-$kind-$size" 1 2)" 'BEGIN { printf "%.2f", a - b }')"; done
    printf ' |\n'
  done; done

  printf '\n| what | figure |\n|---|---|\n'
  fact 'resident memory after the load: nginx / ours / Portkey / `claude gateway`' "${memory% / } MB"
  memory_report
  fact 'ours: calls answered / recorded, each by two rows' "$(whole "$ours_answers") / $(whole "$ours_rows")"
  fact 'ours: answers whose id was looked up / found; calls left open' "$(whole "$exact_answers") / $(whole "$exact_rows"); $left_open"
  fact 'ours: microdollars and tokens on the budgets / by the rows' "$budgets / $trail"
  fact 'answers that were not 2xx, and broken connections' "$([ ! -s "$work/faults" ] && echo 0 || awk '{ n[$1] += $5 } END { for (k in n) printf "%s%s: %d", (c++ ? ", " : ""), k, n[k] }' "$work/faults")"
}
