#!/bin/sh
# Send what this machine sends to a network into nothing: a blackhole route.
#
#   s_null_route.sh network [seconds]
#       network     10.0.0.0/8, 2001:db8::/32 and the like; not everything (/0)
#       seconds     1 to 3600, default 60
#
# A more specific route, such as that of the machine's own subnet, stays in force. Should the way of whoever runs
# this lead through that network, it is cut too, and undone all the same. Needs root (or sudo without a password),
# Linux with ip (iproute2) and setsid (util-linux). Leaves nothing behind: it is undone after the time and when the
# script is stopped, and within a second when it is killed outright. Exit status: 0 done, 1 could not, 2 wrong use,
# 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit
. "$(dirname "$0")/_undoing.sh" || exit

if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
network=$1 seconds=${2-60}
case $network in
    *[!0-9A-Fa-f.:/]* | */*/* | */ | */0 | */0[0-9]* | /*) usage ;;
    *:*/*) family=-6 ;;
    *.*/*) family=-4 ;;
    *) usage ;;
esac
whole_number "$seconds" 1 3600

task="null the route to $network"
need_root "$@"
need_tools "setsid (util-linux)" "ip (iproute2)"

# The number of a protocol that nobody has marks the route as ours.
route="blackhole $network proto 186"
if ip $family route show type blackhole proto 186 exact "$network" 2>/dev/null | grep -q .; then
    fail "another run has done so"
fi

start_undoing "ip $family route del $route" "the way to $network is as it was"
# shellcheck disable=SC2086 # words
try ip $family route add $route
echo "nothing gets to $network for $seconds s"

wait_for_undoing
echo "done: $restored"
