#!/usr/bin/env bash
# Measures what looking for credentials costs: a call of 76 KB as Claude Code sends it, and texts that are dear to search.
#   bench/scan.sh [--quick]
#
# One process, no network, no database: the policy itself reads the body of a call, and the pieces of 24 letters of an answer that says the same.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

rounds=31
if $quick; then rounds=5; fi

step "Building what is measured"
dotnet build bench/ScanBench -c Release -v quiet -clp:NoSummary >&2
node=$clone/.tools/clients/node_modules/.bin/node
"$node" bench/gateway/make.mjs "$work"
step "Searching"
{
  printf '# The secret scan, %s UTC\n\n%s cores (%s), one of them used. Medians of %s rounds of 0.1 s. Load average before the run: %s.\n\n' \
    "$(date -u '+%Y-%m-%d %H:%M')" "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$rounds" "$busy"
  dotnet artifacts/bin/ScanBench/release/ScanBench.dll "$work/answer-76k.json" "$rounds"
} | tee "bench/results/scan-$(date -u +%Y%m%d-%H%M%S).md"
