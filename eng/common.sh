# Sourced by the scripts. No build server outlives them, no telemetry leaves.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

step() { printf '\n==> %s\n' "$*" >&2; }

die() { printf '%s\n' "$*" >&2; exit 1; }

# The newest PostgreSQL that Debian installed.
debian_postgres() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

# Runs a command as root, by sudo where needed.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
