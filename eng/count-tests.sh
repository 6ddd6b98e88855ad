#!/usr/bin/env bash
# Adds up the .trx files of a folder and closes with "N passed, N failed"; a step that failed as a whole counts as one failure.
set -euo pipefail
folder=$1 failed_steps=${2:-0}
passed=0 failed=0 skipped=0
for file in "$folder"/*.trx; do
  [ -e "$file" ] || continue
  counters=$(grep -o '<Counters [^>]*' "$file" | head -n 1)
  of() { printf '%s' "$counters" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"; }
  passed=$((passed + $(of passed)))
  failed=$((failed + $(of failed)))
  skipped=$((skipped + $(of total) - $(of executed)))
done
# What failed and why, at the end, where it is looked for first.
for file in "$folder"/*.trx; do
  [ -e "$file" ] || continue
  awk -v suite="$(basename "$file" .trx)" '
    /<UnitTestResult .*outcome="Failed"/ { match($0, /testName="[^"]*"/); print "FAILED " suite ": " substr($0, RSTART + 10, RLENGTH - 11); inside = 1 }
    inside && /<ErrorInfo>/ { told = 1 }
    inside && told { line = $0; gsub(/<[^>]*>/, "", line); if (line ~ /[^ ]/ && shown++ < 30) print "    " line }
    /<\/ErrorInfo>/ { inside = 0; told = 0; shown = 0 }' "$file"
done
# Where the time goes.
echo "Slowest:"
for file in "$folder"/*.trx; do
  [ -e "$file" ] || continue
  grep -o '<UnitTestResult [^>]*' "$file" | sed -n 's/.*testName="\([^"]*\)".*duration="\([0-9:.]*\)".*/\2 \1/p' | awk -v suite="$(basename "$file" .trx)" '
    { split($1, part, ":"); seconds = part[1] * 3600 + part[2] * 60 + part[3]; sub(/^[^ ]* /, ""); printf "%7.1f s  %s: %s\n", seconds, suite, substr($0, 1, 140) }'
done | sort -rn | awk 'NR <= 15'
# A suite that died without a failing test must not count as nothing.
[ "$failed_steps" -gt 0 ] && [ "$failed" -eq 0 ] && failed=$failed_steps
[ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && failed=1
if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ]
