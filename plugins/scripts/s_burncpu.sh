#!/bin/sh
# Burn all CPUs of this machine for so many seconds, and at most one more.
#
#   s_burncpu.sh [seconds]      1 to 3600, default 60
#
# Needs no privilege and leaves nothing behind: the burning processes end with this script, also when it is stopped
# by a signal, and when it is killed outright they notice within a second. Exit status: 0 done, 2 wrong use, 143
# stopped.

set -u

seconds=${1-60}
case $seconds in
    '' | 0* | *[!0-9]* | ?????*) seconds=0 ;;
esac
if [ $# -gt 1 ] || [ "$seconds" -lt 1 ] || [ "$seconds" -gt 3600 ]; then
    echo "usage: s_burncpu.sh [seconds], a whole number from 1 to 3600" >&2
    exit 2
fi

cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
begun=$(date +%s)
burners=

clean_up() {
    for burner in $burners; do
        kill "$burner" 2>/dev/null
    done
    wait
}

stopped() {
    trap - HUP INT TERM
    clean_up
    echo "stopped: burned $cpus CPUs for $(($(date +%s) - begun)) of $seconds s"
    exit 143
}

burn() {
    trap - HUP INT TERM
    while [ "$(date +%s)" -le $((begun + seconds)) ] && kill -0 $$ 2>/dev/null; do
        round=0
        while [ $round -lt 20000 ]; do
            round=$((round + 1))
        done
    done
}

trap stopped HUP INT TERM

started=0
while [ "$started" -lt "$cpus" ]; do
    burn &
    burners="$burners $!"
    started=$((started + 1))
done
wait

echo "burned $cpus CPUs for $(($(date +%s) - begun)) s"
