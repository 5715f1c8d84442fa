# Whether the broker answers a request (ApiVersions, which needs no credentials) on the port $1 of this pod alone. An open
# port is not enough: it stays open when the threads behind it are stuck, and opens before the broker has started.
set -u
exec 3<>"/dev/tcp/127.0.0.1/${1:-9080}" || exit 1
# Size 10, key 18, version 0, correlation 7, no client id.
printf '\0\0\0\012\0\022\0\0\0\0\0\007\377\377' >&3
[ "$(head -c 8 <&3 | tail -c 4 | od -An -tx1 | tr -d ' \n')" = 00000007 ]
