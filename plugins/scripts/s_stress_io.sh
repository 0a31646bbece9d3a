#!/bin/sh
# Load a disk with many small writes: so many workers, each writing 4 KB at a time, each write waiting for the disk.
#
#   s_stress_io.sh [folder [workers [seconds]]]
#       folder      on the disk in question, default /var/tmp
#       workers     1 to 256, default 4
#       seconds     1 to 3600, default 60, and at most one more
#
# Needs a folder it may write to with 1 MB a worker free, and dd of coreutils; no privilege. Leaves nothing behind:
# its files have no name, and the workers end with this script, also when it is killed outright (after their 256
# writes at most). Exit status: 0 done, 1 could not, 2 wrong use, 143 stopped.

set -u

usage() {
    echo "usage: s_stress_io.sh [folder [workers [seconds]]], folder a folder that is there," \
        "workers a whole number from 1 to 256, seconds from 1 to 3600" >&2
    exit 2
}

number() { # a whole number from $2 to $3
    case $1 in '' | 0?* | *[!0-9]* | ????????*) return 1 ;; esac
    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

[ $# -le 3 ] || usage
folder=${1-/var/tmp} workers=${2-4} seconds=${3-60}
number "$workers" 1 256 || usage
number "$seconds" 1 3600 || usage
[ -d "$folder" ] || usage

begun=$(date +%s)
work() {
    trap exit HUP INT TERM # after the command that runs
    file=$(mktemp "${folder%/}/chaos.XXXXXX" 2>/dev/null) || exit 1
    exec 3<>"$file"
    rm -f "$file"
    while [ "$(date +%s)" -le $((begun + seconds)) ] && kill -0 $$ 2>/dev/null; do
        dd if=/dev/zero of=/proc/self/fd/3 bs=4k count=256 oflag=dsync conv=notrunc 2>/dev/null || exit 1
    done
}

pids=
stopped() {
    trap '' HUP INT TERM
    for pid in $pids; do
        kill "$pid" 2>/dev/null
    done
    wait
    echo "stopped: $workers workers wrote in $folder for $(($(date +%s) - begun)) of $seconds s"
    exit 143
}
trap stopped HUP INT TERM

echo "stressing IO in $folder: $workers workers for $seconds s"
started=0
while [ "$started" -lt "$workers" ]; do
    work &
    pids="$pids $!"
    started=$((started + 1))
done

failed=0
for pid in $pids; do
    wait "$pid" || failed=$((failed + 1))
done
if [ "$failed" -gt 0 ]; then
    echo "could not stress IO: $failed of $workers workers could not write in $folder" >&2
    exit 1
fi
echo "done: $workers workers wrote in $folder for $(($(date +%s) - begun)) s"
