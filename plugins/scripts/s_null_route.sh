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

set -u

usage() {
    echo "usage: s_null_route.sh network [seconds], network 10.0.0.0/8 and the like but not /0," \
        "seconds a whole number from 1 to 3600" >&2
    exit 2
}

fail() {
    if [ -n "$undoing" ]; then
        kill "$undoing"
        wait "$undoing" || sh -c "$undo"
    fi >/dev/null 2>&1
    echo "could not null the route to $network: $1" >&2
    exit 1
}
undoing=

if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
network=$1 seconds=${2-60}
case $network in
    *[!0-9A-Fa-f.:/]* | */*/* | */ | */0 | */0[0-9]* | /*) usage ;;
    *:*/*) family=-6 ;;
    *.*/*) family=-4 ;;
    *) usage ;;
esac
case $seconds in '' | 0* | *[!0-9]* | ?????*) usage ;; esac
[ "$seconds" -le 3600 ] || usage

PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && exec sudo -n sh "$0" "$@"
    fail "it needs root, or sudo without a password"
fi
for tool in setsid ip; do
    command -v "$tool" >/dev/null || fail "there is no $tool here"
done

# The number of a protocol that nobody has marks the route as ours.
route="blackhole $network proto 186"
undo="ip $family route del $route"
if ip $family route show type blackhole proto 186 exact "$network" 2>/dev/null | grep -q .; then
    fail "another run has done so"
fi

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
    echo "stopped: the way to $network is as it was"
    exit 143
}
trap stopped HUP INT TERM

# shellcheck disable=SC2086 # words
problem=$(ip $family route add $route 2>&1) || fail "$problem"
echo "nothing gets to $network for $seconds s"

undone
echo "done: the way to $network is as it was"
