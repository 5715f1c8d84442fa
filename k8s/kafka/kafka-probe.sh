# Checks that the broker answers an ApiVersions request (no credentials needed) on port $1 inside this pod. An open port is
# not enough: it opens before the broker has started, and stays open when the request threads are stuck.
set -u
exec 3<>"/dev/tcp/127.0.0.1/${1:-9080}" || exit 1
# Size 10, key 18, version 0, correlation 7, no client id.
printf '\0\0\0\012\0\022\0\0\0\0\0\007\377\377' >&3
[ "$(head -c 8 <&3 | tail -c 4 | od -An -tx1 | tr -d ' \n')" = 00000007 ]
