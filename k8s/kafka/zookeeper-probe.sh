# Whether ZooKeeper answers on port $2. `live`: anything at all. `ready`: that it serves, alone or in a quorum.
# Without a quorum it lives, and a restart would not help.
set -u
exec 3<>"/dev/tcp/127.0.0.1/${2:-2181}" || exit 1
echo srvr >&3
answer=$(cat <&3)
case $1 in
  live) [ -n "$answer" ] ;;
  ready) case $answer in *Mode:*) ;; *) exit 1 ;; esac ;;
  *) exit 2 ;;
esac
