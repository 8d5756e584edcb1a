#!/bin/sh
# Two network namespaces that a pair of virtual interfaces connects.
#   two-namespaces.sh up NAME [NETEM...]   NETEM: what tc-netem(8) does to the packets in both directions
#   two-namespaces.sh down NAME
# NAME-a has the addresses 10.77.0.1 and fd77::1, NAME-b has 10.77.0.2 and fd77::2.
set -eu
act=$1 name=$2
shift 2
if [ "$act" = down ]; then
  for end in a b; do ip netns delete "$name-$end" 2>/dev/null || true; done
  exit 0
fi
for end in a b; do ip netns add "$name-$end"; done
ip link add v0 netns "$name-a" type veth peer name v0 netns "$name-b"
for end in a:1 b:2; do
  space=$name-${end%:*} number=${end#*:}
  ip -n "$space" link set lo up
  ip -n "$space" addr add "10.77.0.$number/24" dev v0
  ip -n "$space" addr add "fd77::$number/64" dev v0 nodad
  ip -n "$space" link set v0 up
  [ $# = 0 ] || tc -n "$space" qdisc add dev v0 root netem "$@"
done
