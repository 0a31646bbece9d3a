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

. "$(dirname "$0")/_basics.sh" || exit

[ $# -le 3 ] || usage
workers=${1-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)} percent=${2-100} seconds=${3-60}
whole_number "$workers" 1 1024
whole_number "$percent" 1 100
whole_number "$seconds" 1 3600

task='stress CPUs'
need_tools "timeout (coreutils)"

busy=1 idle=0
if [ "$percent" -lt 100 ]; then
    busy=$(printf '0.%02d' "$percent") idle=$(printf '0.%02d' $((100 - percent)))
fi

work() {
    left=$seconds
    while [ "$left" -gt 0 ] && kill -0 $$ 2>/dev/null; do
        timeout "$busy" sh -c 'while :; do :; done'
        sleep "$idle"
        left=$((left - 1))
    done
}

trap 'stop "no CPU is stressed any more"' HUP INT TERM
echo "stressing: $workers workers, each busy for $percent % of $seconds s"
start_workers "$workers"
wait
echo "done: $workers workers ran for $seconds s"
