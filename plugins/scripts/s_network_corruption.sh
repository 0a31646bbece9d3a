#!/bin/sh
# Corrupt some of the packets that this machine sends through a network interface: one wrong bit each.
#
#   s_network_corruption.sh [percent [seconds]]
#       percent     of the packets, 1 to 100, default 5
#       seconds     1 to 3600, default 60
#
# The interface is that of the default route, or what the variable CHAOS_INTERFACE names. Needs root (or sudo
# without a password), Linux with tc, ip (iproute2), setsid (util-linux) and the kernel's sch_netem. Refuses an
# interface that has a queueing discipline other than the kernel's own default, since that could not be restored.
# Leaves nothing behind: it is undone after the time and when the script is stopped, and within a second when it is
# killed outright. Exit status: 0 done, 1 could not, 2 wrong use, 143 stopped.

set -u

usage() {
    echo "usage: s_network_corruption.sh [percent [seconds]]," \
        "whole numbers: percent 1 to 100, seconds 1 to 3600" >&2
    exit 2
}

number() { # a whole number from $2 to $3
    case $1 in '' | 0?* | *[!0-9]* | ????????*) return 1 ;; esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

fail() {
    if [ -n "$undoing" ]; then
        kill "$undoing"
        wait "$undoing" || sh -c "$undo"
    fi >/dev/null 2>&1
    echo "could not corrupt packets: $1" >&2
    exit 1
}
undoing=

[ $# -le 2 ] || usage
percent=${1-5} seconds=${2-60}
number "$percent" 1 100 || usage
number "$seconds" 1 3600 || usage

PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && exec sudo -n env CHAOS_INTERFACE="${CHAOS_INTERFACE-}" sh "$0" "$@"
    fail "it needs root, or sudo without a password"
fi
for tool in setsid ip tc; do
    command -v "$tool" >/dev/null || fail "there is no $tool here"
done

interface=${CHAOS_INTERFACE:-$( (ip route show default; ip -6 route show default) 2>/dev/null |
    sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)}
case $interface in
    '') fail "there is no default route: name the interface in CHAOS_INTERFACE" ;;
    -* | *[!A-Za-z0-9_.:-]*) fail "'$interface' is no interface" ;;
esac
queueing=$(tc qdisc show dev "$interface" 2>&1) || fail "$queueing"
if echo "$queueing" | grep -q ' [0-9a-f]*[1-9a-f][0-9a-f]*: root'; then
    fail "$interface has a queueing discipline that somebody set: $queueing"
fi

# A handle of its own: what is undone is what was done here.
handle=$(($$ % 9000 + 100))
undo="tc qdisc del dev $interface root handle $handle:"

# The undoing has a session of its own: it comes after the time, or at a word from this script, or when that is gone.
setsid sh -c "
    trap '' HUP INT
    trap 'left=0; kill \$!' TERM
    left=$seconds
    while [ \$left -gt 0 ] && kill -0 $$; do
        sleep 1 &
        wait \$!
        left=\$((left - 1))
    done
    $undo
" </dev/null >/dev/null 2>&1 &
undoing=$!

undone() {
    wait "$undoing" || sh -c "$undo" || {
        echo "could not undo it, do so by hand: $undo" >&2
        exit 1
    }
}

stopped() {
    trap '' HUP INT TERM
    kill "$undoing"
    undone
    echo "stopped: $interface is as it was"
    exit 143
}
trap stopped HUP INT TERM

problem=$(tc qdisc add dev "$interface" root handle "$handle:" \
    netem corrupt "$percent%" 2>&1) || fail "$problem"
echo "corrupting $percent % of the packets on $interface for $seconds s"

undone
echo "done: $interface is as it was"
