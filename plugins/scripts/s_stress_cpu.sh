#!/bin/sh
# Load some CPUs, and not more than asked: so many workers, each busy for so much of every second.
#
#   s_stress_cpu.sh [workers [percent [seconds]]]
#       workers     1 to 1024, default as many as there are CPUs
#       percent     1 to 100, default 100
#       seconds     1 to 3600, default 60
#
# Needs `timeout` (coreutils), no privilege. Leaves nothing behind: the workers end with this script, and within a
# second when it is killed outright. Exit status: 0 done, 1 could not, 2 wrong use, 143 stopped.

set -u

usage() {
    echo "usage: s_stress_cpu.sh [workers [percent [seconds]]]," \
        "whole numbers: workers 1 to 1024, percent 1 to 100, seconds 1 to 3600" >&2
    exit 2
}

number() { # a whole number from $2 to $3
    case $1 in '' | 0?* | *[!0-9]* | ????????*) return 1 ;; esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

[ $# -le 3 ] || usage
workers=${1-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)} percent=${2-100} seconds=${3-60}
number "$workers" 1 1024 || usage
number "$percent" 1 100 || usage
number "$seconds" 1 3600 || usage

if ! command -v timeout >/dev/null; then
    echo "could not stress CPUs: there is no timeout (coreutils) here" >&2
    exit 1
fi

busy=1 idle=0
if [ "$percent" -lt 100 ]; then
    busy=$(printf '0.%02d' "$percent") idle=$(printf '0.%02d' $((100 - percent)))
fi

work() {
    trap exit HUP INT TERM # after the command that runs
    left=$seconds
    while [ "$left" -gt 0 ] && kill -0 $$ 2>/dev/null; do
        timeout "$busy" sh -c 'while :; do :; done'
        sleep "$idle"
        left=$((left - 1))
    done
}

pids=
stopped() {
    trap '' HUP INT TERM
    for pid in $pids; do
        kill "$pid" 2>/dev/null
    done
    wait
    echo "stopped: no CPU is stressed any more"
    exit 143
}
trap stopped HUP INT TERM

echo "stressing: $workers workers, each busy for $percent % of $seconds s"
started=0
while [ "$started" -lt "$workers" ]; do
    work &
    pids="$pids $!"
    started=$((started + 1))
done
wait
echo "done: $workers workers ran for $seconds s"
