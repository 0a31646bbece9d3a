#!/bin/sh
# Fill a file system, up to a bound, and free it again.
#
#   s_filldisk.sh [folder [amount [seconds]]]
#       folder      one that is there, on the file system in question, default /var/tmp
#       amount      megabytes (1 to 9999999), or how much of what is free (1% to 100%); default 95%
#       seconds     1 to 3600, default 60, filling included, and at most one more
#
# Never takes more than is free to everybody. Needs a folder it may write to; no privilege. Leaves nothing behind:
# the file has no name and is held open by this script alone, so the space is free as soon as it ends, also when it
# is killed outright (a last 64 MB may be written first). Exit status: 0 done, 1 could not, 2 wrong use, 143
# stopped.

. "$(dirname "$0")/_basics.sh" || exit

free() { # MB
    df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }'
}

[ $# -le 3 ] || usage
folder=${1-/var/tmp} amount=${2-95%} seconds=${3-60}
case $amount in
    *%) whole_number "${amount%\%}" 1 100 ;;
    *) whole_number "$amount" 1 9999999 ;;
esac
whole_number "$seconds" 1 3600
check_folder

task="fill the file system of $folder" begun=$(date +%s) before=$(free)
case $amount in
    *%) wanted=$((before * ${amount%\%} / 100)) ;;
    *) wanted=$amount ;;
esac
[ "$wanted" -le "$before" ] || wanted=$before
[ "$wanted" -ge 1 ] || fail "it has only $before MB free"
open_nameless_file || fail "no file can be made in $folder"
trap 'exec 3>&-; stop "the file system of $folder has its $wanted MB again"' HUP INT TERM

# Where the file system cannot set the space aside at once, it is written, in pieces, so that a signal is heard soon.
if ! fallocate -l "${wanted}MiB" "/proc/$$/fd/3" 2>/dev/null; then
    left=$wanted
    while [ "$left" -gt 0 ] && in_time; do
        piece=$((left < 64 ? left : 64))
        dd if=/dev/zero bs=1M count=$piece 2>/dev/null >&3 || break
        left=$((left - piece))
    done
fi
echo "filled the file system of $folder: $before MB were free, now $(free) MB are, for $seconds s"

while in_time; do
    wait_a_second
done

exec 3>&-
echo "done: the file system of $folder has its $wanted MB again"
