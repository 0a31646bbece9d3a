#!/bin/sh
# Delay what this machine sends through a network interface.
#
#   s_network_latency.sh [milliseconds [jitter [seconds]]]
#       milliseconds    1 to 10000, default 1000
#       jitter          0 to 10000: so much more or less, default 0
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

[ $# -le 3 ] || usage
milliseconds=${1-1000} jitter=${2-0} seconds=${3-60}
whole_number "$milliseconds" 1 10000
whole_number "$jitter" 0 10000
whole_number "$seconds" 1 3600

task='delay the network'
need_root "$@"
need_tools "setsid (util-linux)" "ip (iproute2)" "tc (iproute2)"

netem delay "${milliseconds}ms" "${jitter}ms"
echo "delaying by $milliseconds ms, $jitter ms more or less, on $interface for $seconds s"

wait_for_undoing
echo "done: $restored"
