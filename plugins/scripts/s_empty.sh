#!/bin/sh
# Do nothing, and say so: shows that the way to a machine works.
#
#   s_empty.sh [seconds]        0 to 3600, default 0: how long to do nothing
#
# Needs no privilege and leaves nothing behind. Exit status: 0 done, 2 wrong use, 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit

[ $# -le 1 ] || usage
seconds=${1-0}
whole_number "$seconds" 0 3600
trap 'stop "it was nothing"' HUP INT TERM

echo "doing nothing for $seconds s"
left=$seconds
while [ "$left" -gt 0 ]; do
    wait_a_second
    left=$((left - 1))
done
echo "did nothing"
