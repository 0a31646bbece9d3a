#!/bin/sh
# Fill a file system, up to a bound, and free it again.
#
#   s_filldisk.sh [folder [amount [seconds]]]
#       folder      on the file system in question, default /var/tmp
#       amount      megabytes (1 to 9999999), or how much of what is free (1% to 100%); default 95%
#       seconds     1 to 3600, default 60, filling included, and at most one more
#
# Never takes more than is free to everybody. Needs a folder it may write to; no privilege. Leaves nothing behind:
# the file has no name and is held open by this script alone, so the space is free as soon as it ends, also when it
# is killed outright (a last 64 MB may be written first). Exit status: 0 done, 1 could not, 2 wrong use, 143
# stopped.

set -u

usage() {
    echo "usage: s_filldisk.sh [folder [amount [seconds]]], folder a folder that is there," \
        "amount megabytes or 1% to 100% of what is free, seconds a whole number from 1 to 3600" >&2
    exit 2
}

number() { # a whole number from $2 to $3
    case $1 in '' | 0?* | *[!0-9]* | ????????*) return 1 ;; esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

free() { # MB
    df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }'
}

[ $# -le 3 ] || usage
folder=${1-/var/tmp} amount=${2-95%} seconds=${3-60}
case $amount in
    *%) number "${amount%\%}" 1 100 || usage ;;
    *) number "$amount" 1 9999999 || usage ;;
esac
number "$seconds" 1 3600 || usage
[ -d "$folder" ] || usage

begun=$(date +%s)
before=$(free)
case $amount in
    *%) wanted=$((before * ${amount%\%} / 100)) ;;
    *) wanted=$amount ;;
esac
[ "$wanted" -le "$before" ] || wanted=$before

file=$(mktemp "${folder%/}/chaos.XXXXXX") || { echo "could not fill: no file can be made in $folder" >&2; exit 1; }
exec 3<>"$file"
rm -f "$file"
if [ "$wanted" -lt 1 ]; then
    echo "could not fill the file system of $folder: it has only $before MB free" >&2
    exit 1
fi

pause=
stopped() {
    exec 3>&-
    kill $pause 2>/dev/null
    echo "stopped: the file system of $folder has its $wanted MB again"
    exit 143
}
trap stopped HUP INT TERM

in_time() {
    [ "$(date +%s)" -le $((begun + seconds)) ]
}

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
    sleep 1 3>&- &
    pause=$!
    wait $pause
done

exec 3>&-
echo "done: the file system of $folder has its $wanted MB again"
