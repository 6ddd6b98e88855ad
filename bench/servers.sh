# Sourced by setup.sh: the servers of a run. All on loopback, all ended by stop_all. They share its variables.

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

next_port() { # sets port
  while ! port_is_free "$candidate"; do candidate=$((candidate + 1)); done
  port=$candidate candidate=$((candidate + 1))
}

started_pids=()

stop_all() {
  local pid
  for pid in "${host_pid:-}" "${started_pids[@]}"; do
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || continue
    # The host and nginx end at TERM; PostgreSQL would wait for its sessions, and ends at INT.
    kill -s "$([ "$pid" = "${postgres_pid:-}" ] && echo INT || echo TERM)" "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if $keep; then echo "kept: $work" >&2; else rm -rf "$work"; fi
}

# PostgreSQL refuses to run as root.
as_postgres=()
[ "$(id -u)" != 0 ] || as_postgres=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

start_postgres() {
  local found
  if found=$(cd "$clone" && eng/fetch-postgres.sh); then postgres_bin=$found/bin; else postgres_bin=$(debian_postgres); fi
  [ -x "$postgres_bin/postgres" ] || die "no PostgreSQL: eng/fetch-postgres.sh brings one, or apt-get install postgresql-15"
  # A clone below /root is closed to the user that runs it.
  if ! "${as_postgres[@]}" test -x "$postgres_bin/postgres"; then
    cp -r "$(dirname "$postgres_bin")" "$work/postgres" && chmod -R a+rX "$work/postgres" && postgres_bin=$work/postgres/bin
  fi
  postgres_version=$("$postgres_bin/postgres" --version | sed 's/^[^0-9]*//; s/ .*//')
  next_port
  postgres_port=$port
  export PGPASSWORD=loopback-only PGHOST=127.0.0.1 PGPORT=$postgres_port PGUSER=bench PGDATABASE=postgres
  mkdir "$work/data" && printf '%s' "$PGPASSWORD" >"$work/password"
  if [ "$(id -u)" = 0 ]; then chown nobody:nogroup "$work/data" "$work/password"; fi
  "${as_postgres[@]}" "$postgres_bin/initdb" -D "$work/data" -U bench -A scram-sha-256 --pwfile="$work/password" -E UTF8 --locale=C --no-sync >"$work/initdb.log" 2>&1 ||
    { cat "$work/initdb.log" >&2; die "initdb failed"; }
  # As it ships, but for room: durability is what is measured, so fsync, full_page_writes and synchronous_commit stay on.
  cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $postgres_port
unix_socket_directories = ''
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 4GB
CONF
  (exec "${as_postgres[@]}" "$postgres_bin/postgres" -D "$work/data") >"$work/postgres.log" 2>&1 &
  postgres_pid=$!
  started_pids+=($postgres_pid)
  wait_for "PostgreSQL" "$work/postgres.log" $! psql -qc 'select 1'
}

# Answers every POST /v1/messages with the same message: no upstream can be faster, and both sides use this one.
start_mock() {
  next_port
  mock_port=$port
  start_nginx mock "server {
      listen 127.0.0.1:$mock_port backlog=4096;
      location = /v1/messages { default_type application/json; add_header request-id req_bench; return 200 '$mock_answer'; }
    }"
}

start_proxy() {
  next_port
  proxy_port=$port
  start_nginx proxy "upstream mock { server 127.0.0.1:$mock_port; keepalive 128; }
    server {
      listen 127.0.0.1:$proxy_port backlog=4096;
      location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ''; }
    }"
}

start_nginx() { # name, servers
  mkdir "$work/$1"
  cat >"$work/$1/nginx.conf" <<CONF
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid $work/$1/nginx.pid;
error_log $work/$1/error.log;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $work/$1/body; proxy_temp_path $work/$1/proxy; fastcgi_temp_path $work/$1/f; uwsgi_temp_path $work/$1/u; scgi_temp_path $work/$1/s;
  $2
}
CONF
  nginx -e "$work/$1/error.log" -c "$work/$1/nginx.conf" &
  started_pids+=($!)
  wait_for "nginx ($1)" "$work/$1/error.log" $! curl -s -o /dev/null "http://127.0.0.1:$port/"
}

start_host() { # sets host_pid, ready_ms
  local begun
  begun=$(now_ms)
  (cd "$work/run" && exec "$file" services start --foreground) >>"$work/host.log" 2>&1 &
  host_pid=$!
  wait_for "$(basename "$file")" "$work/host.log" $host_pid curl -sf -o /dev/null "http://127.0.0.1:$PORT/api/v1/health/ready"
  ready_ms=$(($(now_ms) - begun))
}

stop_host() {
  kill -TERM "$host_pid"
  wait "$host_pid" || die "$(basename "$file") ended with an error: $(tail -n 5 "$work/host.log")"
  host_pid=
}

wait_for() { # what, its log, its pid, command…
  local what=$1 log=$2 pid=$3 until=$(($(now_ms) + 30000))
  shift 3
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log" >&2; die "$what ended"; }
    [ "$(now_ms)" -lt $until ] || { tail -n 20 "$log" >&2; die "$what is not there after 30 s"; }
    sleep 0.005
  done
}
