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

. "$(dirname "$0")/_basics.sh" || exit

[ $# -le 2 ] || usage
amount=${1-80%} seconds=${2-60}
case $amount in
    *%) whole_number "${amount%\%}" 1 95 ;;
    *) whole_number "$amount" 1 9999999 ;;
esac
whole_number "$seconds" 1 3600

task='fill the memory'
available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
[ -n "$available" ] || fail "/proc/meminfo does not tell how much is available"
case $amount in
    *%) wanted=$((available * ${amount%\%} / 100)) ;;
    *) wanted=$amount ;;
esac
[ "$wanted" -lt "$available" ] || fail "$wanted MB are asked for, $available MB are available"

folder=$(mktemp -d) || fail "no folder can be made in ${TMPDIR:-/tmp}"
check_folder
mkfifo "$folder/pipe" || fail "no pipe can be made in $folder"
# shellcheck disable=SC2094 # opened for both first, since opening for one waits for the other
exec 5<>"$folder/pipe" 3<"$folder/pipe" 4>"$folder/pipe" 5>&-
rm -rf "$folder"

trap 'exec 3<&- 4>&-; stop "$wanted MB are free again"' HUP INT TERM

# Each reads its piece into memory, and then cannot write it, since nobody reads: until nobody can, and it ends.
left=$wanted
while [ "$left" -gt 0 ]; do
    piece=$((left < 1024 ? left : 1024))
    (
        trap - HUP INT TERM
        echo 1000 >/proc/self/oom_score_adj
        exec dd if=/dev/zero bs=${piece}M count=1 3<&- >&4 4>&-
    ) 2>/dev/null &
    children="$children $!"
    left=$((left - piece))
done
echo "holding $wanted of $available MB for $seconds s"

left=$seconds
while [ "$left" -gt 0 ]; do
    wait_a_second
    left=$((left - 1))
    for holder in $children; do
        kill -0 "$holder" 2>/dev/null || fail "the kernel took it back after $((seconds - left)) s"
    done
done

exec 3<&- 4>&-
wait
echo "done: $wanted MB are free again"
