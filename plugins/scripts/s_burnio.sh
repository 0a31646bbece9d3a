#!/bin/sh
# Keep a disk busy: write 64 MB and force them to the disk, again and again.
#
#   s_burnio.sh [folder [seconds]]
#       folder      on the disk in question, default /var/tmp
#       seconds     1 to 3600, default 60; at most one more, and what the last 64 MB take
#
# Needs a folder it may write to with 64 MB free, no privilege. Leaves nothing behind: its file has no name, so the
# space is free as soon as the writing has ended, also when this script is killed outright. Exit status: 0 done, 1
# could not, 2 wrong use, 143 stopped.

set -u

usage() {
    echo "usage: s_burnio.sh [folder [seconds]], folder a folder that is there," \
        "seconds a whole number from 1 to 3600" >&2
    exit 2
}

[ $# -le 2 ] || usage
folder=${1-/var/tmp} seconds=${2-60}
case $seconds in '' | 0* | *[!0-9]* | ?????*) usage ;; esac
[ "$seconds" -le 3600 ] || usage
[ -d "$folder" ] || usage

file=$(mktemp "${folder%/}/chaos.XXXXXX") || { echo "could not burn IO: no file can be made in $folder" >&2; exit 1; }
exec 3<>"$file"
rm -f "$file"

begun=$(date +%s)
rounds=0 writer=
stopped() {
    trap '' HUP INT TERM
    kill "$writer" 2>/dev/null
    wait
    echo "stopped: wrote $rounds times 64 MB in $folder for $(($(date +%s) - begun)) of $seconds s"
    exit 143
}
trap stopped HUP INT TERM

echo "burning IO in $folder for $seconds s"
while [ "$(date +%s)" -le $((begun + seconds)) ]; do
    dd if=/dev/zero of=/proc/self/fd/3 bs=1M count=64 conv=fsync 2>/dev/null &
    writer=$!
    wait "$writer" || { echo "could not burn IO: writing 64 MB in $folder failed" >&2; exit 1; }
    rounds=$((rounds + 1))
done

echo "wrote $rounds times 64 MB in $folder for $(($(date +%s) - begun)) s"
