# Sourced by try.sh --check: runs everything the trial recommends and shows what came of it.

show() { printf '    %-28s %s\n' "$1" "$2"; }
fail() { printf '\nFAILED: %s\n' "$*" >&2; tail -n 20 "$dir/$binary.log" >&2; exit 1; }

# A field of a JSON document on stdin, without a JSON tool.
field() { sed -nE "s/.*\"$1\": *(\"([^\"]*)\"|([^,}]*)).*/\2\3/p" | head -n 1; }

ask() { # body, [curl option…]
  local body=$1
  shift
  curl -sS --max-time 30 "http://127.0.0.1:$port/v1/messages" -H "Authorization: Bearer $token" -H 'content-type: application/json' \
    -H 'anthropic-version: 2023-06-01' -d "$body" "$@"
}

message() { printf '{"model":"echo","max_tokens":64,%s"messages":[{"role":"user","content":"%s"}]}' "$1" "$2"; }

audit_id() { tr -d '\r' <"$dir/headers" | sed -n 's/^x-audit-id: //Ip'; }

check_all() {
  check_file
  check_calls
  check_rows
  check_hook_and_pages
  check_extension
  check_tests
  check_stopped
  step "The trial did everything it says"
}

check_file() {
  step "The one file"
  local files
  files=$(find "$solution/publish" -type f)
  [ "$files" = "$file" ] || fail "the publish folder holds more than one file: $files"
  show "published" "$file"
  show "size" "$(stat -c %s "$file") bytes"
  show "ready after" "$ready_ms ms"
}

check_calls() {
  step "Calls"
  local answer
  answer=$(ask "$(message '' 'pineapple, please')" -D "$dir/headers") || fail "no answer"
  answered=$(audit_id)
  show "dotnet new to first answer" "$((($(now_ms) - started) / 1000)) s"
  printf '%s' "$answer" | grep -q pineapple || fail "expected an echo, got: $answer"
  show "answered" "$answer"

  answer=$(ask "$(message '"stream":true,' 'one two three')" -N -D "$dir/headers") || fail "no stream"
  streamed=$(audit_id)
  printf '%s' "$answer" | grep -q 'event: message_stop' || fail "the stream did not end: $answer"
  show "streamed" "$(printf '%s' "$answer" | grep -c '^event:') events, the last is message_stop"

  # Put together here, so that no scanner takes this script for a leak.
  local secret=AKIA
  secret=${secret}Q3EGVU7DXYSHJ2LM
  local status
  answer=$(ask "$(message '' "deploy with $secret now")" -D "$dir/headers" -w '\n%{http_code}') || fail "no refusal"
  refused=$(audit_id)
  status=$(printf '%s' "$answer" | tail -n 1)
  [ "$status" = 451 ] || fail "expected 451 for a prompt with a secret, got $answer"
  printf '%s' "$answer" | grep -q "$secret" && fail "the refusal repeats the secret"
  show "refused ($status)" "$(printf '%s' "$answer" | head -n 1)"
}

check_rows() {
  step "The audit rows, read back by the same file"
  myco infra audit list --limit 3
  local id row
  for id in "$answered" "$streamed" "$refused"; do
    [ -n "$id" ] || fail "an answer came without x-audit-id"
    row=$(myco infra audit show "$id" --json) || fail "there is no row for $id"
    printf '%s' "$row" | grep -q AKIA && fail "the row of $id holds the secret"
    show "$(printf '%s' "$row" | field status)" "$id, $(printf '%s' "$row" | field input_tokens) tokens in, $(printf '%s' "$row" | field output_tokens) out, $(printf '%s' "$row" | field cost_microdollars) microdollars"
  done
}

check_hook_and_pages() {
  step "Hook, page, marketplace, mail"
  local answer
  answer=$(curl -sS "http://127.0.0.1:$port/api/v1/hooks/govern" -H "Authorization: Bearer $token" -H 'content-type: application/json' \
    -d '{"hook_event_name":"PreToolUse","session_id":"s","tool_name":"Bash","tool_input":{"command":"rm -rf /"}}')
  printf '%s' "$answer" | grep -q '"deny"' || fail "the hook let rm -rf / pass: $answer"
  show "hook" "$answer"
  answer=$(curl -sSf "http://127.0.0.1:$port/")
  printf '%s' "$answer" | grep -q '<h2>Status</h2>' || fail "the home page shows no status"
  show "home page" "$(printf '%s' "$answer" | wc -c) bytes with the live status"
  answer=$(curl -sSf "http://127.0.0.1:$port/marketplace.json")
  show "marketplace" "$(printf '%s' "$answer" | grep -c '"archive"') plugin"
  show "mail" "$(myco email test --to alice@example.com --json | field place)"
}

check_extension() {
  step "Adding an extension: dotnet new systemprompt-extension -n Billing"
  local before after
  before=$(sources)
  (cd "$solution" && dotnet new systemprompt-extension -n Billing --debug:custom-hive "$hive")
  after=$(sources)
  [ "$before" = "$after" ] || fail "files of the solution were edited: $(diff <(printf '%s\n' "$before") <(printf '%s\n' "$after"))"
  show "edited to link it" "no file of the solution but the list of projects, $(basename "$(ls "$solution"/*.slnx)")"
  trial_stop
  trial_publish
  trial_start
  local answer
  answer=$(curl -sS "http://127.0.0.1:$port/api/v1/billing/entries" -H "Authorization: Bearer $token" -H 'content-type: application/json' -d '{"text":"first"}')
  printf '%s' "$answer" | grep -q '"first"' || fail "the extension does not answer: $answer"
  show "it answers" "$answer"
  myco billing list
}

# Everything a person would have to edit by hand.
sources() { (cd "$solution" && find . -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.razor' -o -name '*.props' -o -name '*.targets' -o -name '*.yaml' \) -not -path './extensions/*' -not -path '*/obj/*' -not -path '*/bin/*' | sort | xargs -d '\n' sha256sum); }

check_tests() {
  trial_stop
  step "dotnet test"
  (cd "$solution" && env -u PORT dotnet test -v quiet -clp:NoSummary)
}

check_stopped() {
  trial_stop
  local left
  left=$(for entry in /proc/[0-9]*; do
    case $(readlink "$entry/exe" 2>/dev/null) in "$dir"/*) echo "${entry#/proc/}" ;; esac
    case $(readlink "$entry/cwd" 2>/dev/null) in "$dir"/*) echo "${entry#/proc/}" ;; esac
  done | sort -u)
  [ -z "$left" ] || fail "processes are left: $(ps -o pid,args -p $left)"
  show "processes left behind" "none"
}
