# Sourced by the benchmarks first: their one option, the folder of the run, the file that is measured. Sets work, quick, busy, keep, candidate.

# The comment at the top of the script is its help.
quick=false
case ${1:-} in
  '') ;;
  --quick) quick=true ;;
  -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "unknown option '$1'; bench/$(basename "$0") --help lists them" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
clone=$PWD
. eng/common.sh
. eng/trial.sh
. bench/servers.sh
. bench/report.sh

eng/install-test-tools.sh
PATH=$PATH:/usr/sbin:/usr/lib/postgresql/15/bin
busy=$(cut -d ' ' -f 1 /proc/loadavg) keep=false candidate=18400 host_pid=''
[ -z "${BENCH_KEEP:-}" ] || keep=true
work=$(mktemp -d "${TMPDIR:-/tmp}/systemprompt-bench.XXXXXX")
chmod 0711 "$work"
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/run" && mkdir -p bench/results

# The published file: the one named, or one from `dotnet new` and `dotnet publish`, timed.
build_file() {
  first_answer='not measured: the file was given'
  if [ -n "${BENCH_FILE:-}" ]; then
    file=$(realpath "$BENCH_FILE")
    [ -x "$file" ] || die "BENCH_FILE=$BENCH_FILE is no executable file"
    return
  fi
  dir=$work/trial name=MyCo check=true
  next_port
  trial_prepare
  trial_scaffold
  trial_publish
}

# The profile `production`, embedded in the file, with nothing else in its environment. The scale leaves every limiter at work and none in the way.
set_environment() {
  next_port
  export PORT=$port SYSTEMPROMPT_PROFILE=production RATE_LIMIT_SCALE=1000000 ECHO_MODEL=off
  export DATABASE_URL=postgres://$PGUSER:$PGPASSWORD@127.0.0.1:$postgres_port/$PGDATABASE
  export JWT_SECRET=bench-0123456789-abcdefghijklmnopqrstuvwxyz
  unset DATABASE_DIRECT_URL JWT_SECRET_PREVIOUS STORAGE_PATH HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
}

myco_production() { (cd "$work/run" && "$file" "$@"); }

resident() { awk '/^VmRSS:/ { printf "%.0f", $2 / 1024 }' "/proc/$host_pid/status"; }
