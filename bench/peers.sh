# Sourced by gateway.sh: the mock upstream that also streams, and the gateways that are measured beside ours. All but Portkey, which takes no
# address, listen on loopback only. Sets answers_port, streams_port and slow_port (a kilobyte a second) of the mock, …_proxy_port, portkey_port and claude_port, and their pids.

node=$clone/.tools/clients/node_modules/.bin/node
claude=$clone/.tools/clients/node_modules/.bin/claude

install_portkey() {
  local folder=$clone/.tools/bench
  cmp -s bench/gateway/package-lock.json "$folder/package-lock.json" && [ -d "$folder/node_modules" ] && return
  step "Installing the pinned Portkey gateway"
  mkdir -p "$folder"
  cp bench/gateway/package.json bench/gateway/package-lock.json "$folder/"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || die "npm ci in $folder failed"
}

# Two servers with one answer each, a message and a stream, which a call reads to its end first, as a model does: nginx itself would answer at once, and
# close connections on which a long body is still coming. It reads one where it mirrors a request; what answers then is an error page. The same
# nginx is the issuer that `claude gateway` wants to find; nobody signs in there.
start_mocks() {
  local reads='mirror /read; empty_gif; error_page 405 = /answer;' issuer
  next_port; answers_port=$port
  next_port; streams_port=$port
  next_port; slow_port=$port
  issuer=http://127.0.0.1:$answers_port
  start_nginx mock "client_body_buffer_size 256k; client_max_body_size 10m; keepalive_timeout 1d;
    $(cat "$work/stream.conf")
    server {
      listen 127.0.0.1:$answers_port backlog=4096;
      default_type application/json;
      location = /v1/messages { $reads }
      location = /read { internal; return 204; }
      location = /answer { internal; add_header request-id req_bench; return 200 '$mock_answer'; }
      location = /jwks { return 200 '{\"keys\":[]}'; }
      location = /.well-known/openid-configuration { return 200 '{\"issuer\":\"$issuer\",\"authorization_endpoint\":\"$issuer/authorize\",\"token_endpoint\":\"$issuer/token\",\"jwks_uri\":\"$issuer/jwks\",\"response_types_supported\":[\"code\"],\"subject_types_supported\":[\"public\"],\"id_token_signing_alg_values_supported\":[\"RS256\"]}'; }
    }
    server {
      listen 127.0.0.1:$streams_port backlog=4096;
      default_type text/event-stream;
      location = /v1/messages { $reads }
      location = /read { internal; return 204; }
      location = /answer { internal; add_header request-id req_bench; return 200 '\$stream0\$stream1\$stream2'; }
    }
    server {
      listen 127.0.0.1:$slow_port backlog=4096;
      default_type text/event-stream;
      location = /v1/messages { $reads }
      location = /read { internal; return 204; }
      location = /answer { internal; limit_rate 1k; add_header request-id req_bench; return 200 '\$stream0\$stream1\$stream2'; }
    }"
}

# As bare as nginx can be, but for room: a body does not go through a file.
start_proxies() {
  local pass="proxy_http_version 1.1; proxy_set_header Connection '';"
  next_port; answers_proxy_port=$port
  next_port; streams_proxy_port=$port
  start_nginx proxy "client_body_buffer_size 256k; client_max_body_size 10m; keepalive_timeout 1d;
    upstream answers { server 127.0.0.1:$answers_port; keepalive 128; }
    upstream streams { server 127.0.0.1:$streams_port; keepalive 128; }
    server { listen 127.0.0.1:$answers_proxy_port backlog=4096; location / { proxy_pass http://answers; $pass } }
    server { listen 127.0.0.1:$streams_proxy_port backlog=4096; location / { proxy_pass http://streams; $pass } }"
  nginx_pid=${started_pids[-1]}
}

start_portkey() {
  next_port
  portkey_port=$port
  (cd "$clone/.tools/bench" && NODE_ENV=production exec "$node" node_modules/@portkey-ai/gateway/build/start-server.js --headless --port=$portkey_port) >"$work/portkey.log" 2>&1 &
  portkey_pid=$!
  started_pids+=($!)
  wait_for "Portkey" "$work/portkey.log" $! curl -s -o /dev/null "http://127.0.0.1:$portkey_port/"
}

# With a database of its own, as many connections to it as the profile `production` has, and caps for everybody and for each user that bind in earnest
# (a call is refused when they cannot be read), and are too high to.
start_claude_gateway() {
  local secret=bench-0123456789-abcdefghijklmnopqrstuvwxyz admin_key=bench-admin-0123456789-abcdefghijklmnop limits user scope
  psql -qc 'create database claude_gateway'
  next_port
  claude_port=$port
  mkdir "$work/claude"
  cat >"$work/claude/gateway.yaml" <<YAML
listen: { host: 127.0.0.1, port: $claude_port }
upstreams:
  - { name: answers, provider: anthropic, base_url: "http://127.0.0.1:$answers_port", auth: { api_key: dummy }, models: [claude-haiku-4-5] }
  - { name: streams, provider: anthropic, base_url: "http://127.0.0.1:$streams_port", auth: { api_key: dummy }, models: [claude-sonnet-4-5] }
oidc: { issuer: "http://127.0.0.1:$answers_port", client_id: bench, client_secret: bench }
session: { jwt_secret: "$secret" }
store: { postgres_url: "postgres://$PGUSER:$PGPASSWORD@127.0.0.1:$postgres_port/claude_gateway", max_connections: 20 }
admin: { write_keys: [{ id: bench, key: "$admin_key" }] }
enforcement: { fail_closed_on_error: true }
YAML
  # Its own home: nobody's settings take part.
  (cd "$work/claude" && HOME=$work/claude CLAUDE_CONFIG_DIR=$work/claude CLAUDE_GATEWAY_ALLOW_LOOPBACK=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
    exec "$claude" gateway --config gateway.yaml) >"$work/claude.log" 2>&1 &
  claude_pid=$!
  started_pids+=($!)
  wait_for "claude gateway" "$work/claude.log" $! curl -sf -o /dev/null "http://127.0.0.1:$claude_port/readyz"
  limits=http://127.0.0.1:$claude_port/v1/organizations/spend_limits
  for scope in '{"type":"organization"}' $(for user in "${users[@]}"; do printf '{"type":"user","user_id":"%s"} ' "$user"; done); do
    curl -sSf -o /dev/null "$limits" -H "x-api-key: $admin_key" -H 'content-type: application/json' -d "{\"scope\":$scope,\"amount\":\"1000000000000\",\"period\":\"daily\"}"
  done
  for user in "${users[@]}"; do printf 'authorization: Bearer %s\n\n' "$("$node" bench/gateway/make.mjs --session "$secret" "$user")"; done >"$work/headers-claude"
}

# Of a process and those it started, in MB.
resident_of() { cat $(printf '/proc/%s/status ' "$1" $(pgrep -P "$1")) 2>/dev/null | awk '/^VmRSS:/ { n += $2 } END { printf "%.0f", n / 1024 }'; }
