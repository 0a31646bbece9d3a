#!/bin/sh
# Take memory, up to a bound, and give it back.
#
#   s_fill_memory.sh [amount [seconds]]
#       amount      megabytes (1 to 9999999), or how much of what is available (1% to 95%); default 80%
#       seconds     1 to 3600, default 60
#
# Needs /proc/meminfo (Linux), no privilege. The memory is held by processes that wait on a pipe to this script:
# they end, and it is free, as soon as this script ends, also when it is killed outright. Should the machine run out
# of memory, they are what the kernel ends first. Exit status: 0 done, 1 could not, 2 wrong use, 143 stopped.

set -u

usage() {
    echo "usage: s_fill_memory.sh [amount [seconds]]," \
        "amount megabytes or 1% to 95% of what is available, seconds a whole number from 1 to 3600" >&2
    exit 2
}

number() { # a whole number from $2 to $3
    case $1 in '' | 0?* | *[!0-9]* | ????????*) return 1 ;; esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

fail() {
    echo "could not fill the memory: $1" >&2
    exit 1
}

[ $# -le 2 ] || usage
amount=${1-80%} seconds=${2-60}
case $amount in
    *%) number "${amount%\%}" 1 95 || usage ;;
    *) number "$amount" 1 9999999 || usage ;;
esac
number "$seconds" 1 3600 || usage

available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
[ -n "$available" ] || fail "/proc/meminfo does not tell how much is available"
case $amount in
    *%) wanted=$((available * ${amount%\%} / 100)) ;;
    *) wanted=$amount ;;
esac
[ "$wanted" -lt "$available" ] || fail "$wanted MB are asked for, $available MB are available"

folder=$(mktemp -d) || fail "no folder can be made in ${TMPDIR:-/tmp}"
mkfifo "$folder/pipe" || fail "no pipe can be made in $folder"
# shellcheck disable=SC2094 # opened for both first, since opening for one waits for the other
exec 5<>"$folder/pipe" 3<"$folder/pipe" 4>"$folder/pipe" 5>&-
rm -rf "$folder"

pause=
trap 'exec 3<&- 4>&-; kill $pause 2>/dev/null; wait; echo "stopped: $wanted MB are free again"; exit 143' HUP INT TERM

# Each reads its piece into memory, and then cannot write it, since nobody reads: until nobody can, and it ends.
holders=
left=$wanted
while [ "$left" -gt 0 ]; do
    piece=$((left < 1024 ? left : 1024))
    (
        trap - HUP INT TERM
        echo 1000 >/proc/self/oom_score_adj
        exec dd if=/dev/zero bs=${piece}M count=1 3<&- >&4 4>&-
    ) 2>/dev/null &
    holders="$holders $!"
    left=$((left - piece))
done
echo "holding $wanted of $available MB for $seconds s"

left=$seconds
while [ "$left" -gt 0 ]; do
    sleep 1 3<&- 4>&- &
    pause=$!
    wait $pause
    left=$((left - 1))
    for holder in $holders; do
        kill -0 "$holder" 2>/dev/null || fail "the kernel took it back after $((seconds - left)) s"
    done
done

exec 3<&- 4>&-
wait
echo "done: $wanted MB are free again"
