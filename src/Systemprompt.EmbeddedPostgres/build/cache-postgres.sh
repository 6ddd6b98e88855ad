# Copies a directory to a place that does not exist yet: cache-postgres.sh FROM TO. Under another name first, so that what has the name is
# whole; of several builds at once the first one's stays.
from=$1 to=$2
umask 022
mkdir -p "${to%/*}" && cp -R "$from" "$to.$$" && chmod -R a+rX,u+w "$to.$$" && { mv -T "$to.$$" "$to" 2>/dev/null || [ -d "$to" ]; } && done=1
rm -rf "$to.$$"
[ -n "$done" ] || echo "PostgreSQL could not be copied to $to; without it a host with database.mode: embedded needs DATABASE_URL or SYSTEMPROMPT_POSTGRES." >&2
