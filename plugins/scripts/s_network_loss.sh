#!/bin/sh
# Lose some of the packets that this machine sends through a network interface.
#
#   s_network_loss.sh [percent [seconds]]
#       percent     of the packets, 1 to 100, default 7
#       seconds     1 to 3600, default 60
#
# The interface is that of the default route, or what the variable CHAOS_INTERFACE names. Needs root (or sudo
# without a password), Linux with tc, ip (iproute2), setsid (util-linux) and the kernel's sch_netem. Refuses an
# interface that has a queueing discipline other than the kernel's own default, since that could not be restored.
# Leaves nothing behind: it is undone after the time and when the script is stopped, and within a second when it is
# killed outright. Exit status: 0 done, 1 could not, 2 wrong use, 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit
. "$(dirname "$0")/_undoing.sh" || exit
. "$(dirname "$0")/_netem.sh" || exit

[ $# -le 2 ] || usage
percent=${1-7} seconds=${2-60}
whole_number "$percent" 1 100
whole_number "$seconds" 1 3600

task='lose packets'
need_root "$@"
need_tools "setsid (util-linux)" "ip (iproute2)" "tc (iproute2)"

netem loss "$percent%"
echo "losing $percent % of the packets on $interface for $seconds s"

wait_for_undoing
echo "done: $restored"
