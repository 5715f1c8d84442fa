# Checks ZooKeeper on port $2. `live`: it answers at all. `ready`: it serves requests, alone or in a quorum.
# Without a quorum it stays live, because a restart would not help.
set -u
exec 3<>"/dev/tcp/127.0.0.1/${2:-2181}" || exit 1
echo srvr >&3
answer=$(cat <&3)
case $1 in
  live) [ -n "$answer" ] ;;
  ready) case $answer in *Mode:*) ;; *) exit 1 ;; esac ;;
  *) exit 2 ;;
esac
