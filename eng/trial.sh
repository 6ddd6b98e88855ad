# Sourced by try.sh: the steps of a trial. They share its variables: clone, name, dir, port; and set: solution, binary, server, …

now_ms() { date +%s%3N; }

# The name of the published file, as the template makes it.
binary_name() { printf '%s' "$1" | LC_ALL=C tr 'A-Z' 'a-z' | LC_ALL=C sed -E 's/[^a-z0-9]+/-/g; s/^-+(.)/\1/; s/^-$/app/'; }

trial_prepare() {
  command -v dotnet >/dev/null || die "the .NET SDK 10 is missing. Install it: https://dotnet.microsoft.com/download/dotnet/10.0"
  (cd "$clone" && dotnet --version >/dev/null 2>&1) || die "the .NET SDK found ($(cd / && dotnet --version 2>/dev/null || echo none)) is older than global.json asks for. Install SDK 10.0.100 or newer: https://dotnet.microsoft.com/download/dotnet/10.0"
  local missing=()
  command -v curl >/dev/null || missing+=(curl)
  command -v npm >/dev/null || missing+=(npm)
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || die "missing: ${missing[*]}. Install them and call this again."
    step "Installing ${missing[*]}"
    as_root apt-get update -q >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
  fi
  case $port in '' | *[!0-9]*) die "--port $port: not a number" ;; esac
  if curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port/"; then die "port $port is in use. Stop what uses it, or pass --port with another one."; fi

  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd -P)
  case $dir/ in "$clone"/*) die "--dir $dir is inside this clone; its build settings would reach into the solution. Choose a folder outside." ;; esac
  solution=$dir/$name
  binary=$(binary_name "$name")
  feed=$dir/feed
  # NuGet does not look again at a version it has seen, so each trial has its own.
  suffix=trial.$(date -u +%Y%m%d%H%M%S).$$
  # What former trials left in the package cache.
  find "${NUGET_PACKAGES:-$HOME/.nuget/packages}" -mindepth 2 -maxdepth 2 -path '*/systemprompt.*' -name '*-trial.*' -mmin +720 -exec rm -rf {} + 2>/dev/null || true
}

trial_scaffold() {
  step "Packing the libraries and templates ($suffix)"
  rm -rf "$feed"
  "$clone/eng/pack.sh" "$feed" "$suffix"
  ls "$feed" | sed 's/^/    /' >&2
  cat >"$dir/nuget.config" <<'CONFIG'
<configuration>
  <packageSources>
    <add key="systemprompt-trial" value="feed" />
  </packageSources>
</configuration>
CONFIG

  started=$(now_ms)
  hive=$dir/hive
  rm -rf "$hive"
  dotnet new install "$feed"/Systemprompt.Templates.*.nupkg --debug:custom-hive "$hive" >/dev/null
  if [ -e "$solution" ]; then
    [ -e "$solution/.systemprompt-trial" ] || die "$solution exists and was not made by this script. Remove it, or pass another --dir or --name."
    if $check; then
      rm -rf "$solution"
    else
      step "Keeping $solution as it is, on the new packages"
      sed -i "s#<SystempromptVersion>.*</SystempromptVersion>#<SystempromptVersion>0.1.0-$suffix</SystempromptVersion>#" "$solution/Directory.Packages.props"
      return
    fi
  fi
  step "dotnet new systemprompt -n $name"
  (cd "$dir" && dotnet new systemprompt -n "$name" --no-restore --debug:custom-hive "$hive") || die "the template refused"
  touch "$solution/.systemprompt-trial"
}

trial_publish() {
  step "dotnet publish (a minute or two on a small machine)"
  (cd "$solution" && dotnet publish -v quiet -clp:NoSummary)
  file=$solution/publish/$binary
  [ -x "$file" ] || die "expected $file; found: $(ls "$solution/publish" 2>/dev/null)"
  printf '    %s  %s bytes\n' "$file" "$(stat -c %s "$file")" >&2
}

# Runs the published file as its own operator would: in the solution's folder.
myco() { (cd "$solution" && "$file" "$@"); }

trial_start() {
  step "Starting $binary on embedded PostgreSQL, port $port"
  export SYSTEMPROMPT_PROFILE=local PORT=$port
  trap trial_stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  local begun
  begun=$(now_ms)
  (cd "$solution" && exec "$file" services start --foreground) >"$dir/$binary.log" 2>&1 &
  server=$!
  until curl -sf -o /dev/null "http://127.0.0.1:$port/api/v1/health/ready"; do
    kill -0 "$server" 2>/dev/null || { tail -n 20 "$dir/$binary.log" >&2; die "the server ended; its log is $dir/$binary.log"; }
    [ $(($(now_ms) - begun)) -lt 60000 ] || { tail -n 20 "$dir/$binary.log" >&2; die "not ready after 60 s; the log is $dir/$binary.log"; }
    sleep 0.02
  done
  ready_ms=$(($(now_ms) - begun))
  token=$(myco admin token create --tier user --sub alice --ttl 8h)
  printf '    ready after %s ms\n' "$ready_ms" >&2
}

trial_stop() {
  [ -n "${server:-}" ] && kill -0 "$server" 2>/dev/null || return 0
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}

trial_say_next() {
  cat <<NEXT

  Open      http://localhost:$port/
  Token     $token

  One call, checked, priced and audited before it is answered:
    curl -s http://localhost:$port/v1/messages -H "Authorization: Bearer \$TOKEN" -H 'content-type: application/json' \\
      -d '{"model":"echo","max_tokens":64,"messages":[{"role":"user","content":"hello"}]}'

  Claude Code through it:
    ANTHROPIC_BASE_URL=http://localhost:$port ANTHROPIC_AUTH_TOKEN=\$TOKEN claude --model echo

  In $solution:
    export SYSTEMPROMPT_PROFILE=local PORT=$port TOKEN=$token
    publish/$binary infra audit list
    dotnet new systemprompt-extension -n Billing --debug:custom-hive $hive     # adds an extension
    dotnet publish                                                             # rebuilds the one file; stop this server first
    dotnet test
NEXT
}
