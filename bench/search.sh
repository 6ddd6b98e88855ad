#!/usr/bin/env bash
# Measures full-text search of the published file over 20,000 documents, through HTTP.
#   bench/search.sh [--quick]
# BENCH_FILE=path  measures this published file instead of scaffolding and publishing one.
# BENCH_KEEP=1     keeps the folder of the run.
#
# The corpus is made, always the same: Markdown files with words by Zipf's law over a vocabulary of 30,000, among them a few English ones.
# The queries are of five sorts in turn: one of the twenty most common words, a plain word, two words, a word without its end, a mistyped word.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

seconds=20 documents=20000
if $quick; then seconds=5; fi
bench=(dotnet "$clone/artifacts/bin/SearchBench/release/SearchBench.dll")

step "Building what is measured"
dotnet build bench/SearchBench -c Release -v quiet -clp:NoSummary >&2
build_file
step "Starting PostgreSQL"
start_postgres
set_environment
step "Taking in $documents documents"
"${bench[@]}" corpus "$work/run/content/docs" "$documents"
(cd "$work/run" && "$file" infra db migrate >/dev/null)
begun=$(now_ms)
(cd "$work/run" && "$file" content ingest) >&2
ingest_ms=$(($(now_ms) - begun))
psql -qc 'vacuum analyze'
start_host
size=$(psql -Atc "select pg_size_pretty(pg_total_relation_size('content.items'))")
{
  printf '# Search over %s documents, %s UTC\n\n%s cores, PostgreSQL %s. Taken in within %s s, %s with indexes. Load average before the run: %s.\n' \
    "$(whole "$documents")" "$(date -u '+%Y-%m-%d %H:%M')" "$(nproc)" "$postgres_version" "$((ingest_ms / 1000))" "$size" "$busy"
  for clients in 1 4; do
    step "Searching: $clients at a time" >&2
    printf '\n%s at a time:\n\n' "$clients"
    "${bench[@]}" measure "http://127.0.0.1:$PORT/" "$seconds" "$clients"
  done
} | tee "bench/results/search-$(date -u +%Y%m%d-%H%M%S).md"
