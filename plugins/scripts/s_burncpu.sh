#!/bin/sh
# Burn all CPUs of this machine for so many seconds, and at most one more.
#
#   s_burncpu.sh [seconds]      1 to 3600, default 60
#
# Needs no privilege and leaves nothing behind: the burning processes end with this script, also when it is stopped
# by a signal, and when it is killed outright they notice within a second. Exit status: 0 done, 2 wrong use, 143
# stopped.

. "$(dirname "$0")/_basics.sh" || exit

[ $# -le 1 ] || usage
seconds=${1-60}
whole_number "$seconds" 1 3600

work() {
    while in_time; do
        round=0
        while [ $round -lt 20000 ]; do
            round=$((round + 1))
        done
    done
}

begun=$(date +%s)
cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
trap 'stop "burned $cpus CPUs for $(elapsed) of $seconds s"' HUP INT TERM
start_workers "$cpus"
wait
echo "burned $cpus CPUs for $(elapsed) s"
