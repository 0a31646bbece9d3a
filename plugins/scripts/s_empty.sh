#!/bin/sh
# Do nothing, and say so: shows that the way to a machine works.
#
#   s_empty.sh [seconds]        0 to 3600, default 0: how long to do nothing
#
# Needs no privilege and leaves nothing behind. Exit status: 0 done, 2 wrong use, 143 stopped.

set -u

seconds=${1-0}
case $seconds in
    '' | 0?* | *[!0-9]* | ?????*) seconds=-1 ;;
esac
if [ $# -gt 1 ] || [ "$seconds" -lt 0 ] || [ "$seconds" -gt 3600 ]; then
    echo "usage: s_empty.sh [seconds], a whole number from 0 to 3600" >&2
    exit 2
fi

pause=
trap 'kill $pause 2>/dev/null; echo "stopped: it was nothing"; exit 143' HUP INT TERM

echo "doing nothing for $seconds s"
left=$seconds
while [ "$left" -gt 0 ]; do
    sleep 1 &
    pause=$!
    wait $pause
    left=$((left - 1))
done

echo "did nothing"
