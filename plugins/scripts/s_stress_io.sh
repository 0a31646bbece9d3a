#!/bin/sh
# Load a disk with many small writes: so many workers, each writing 4 KB at a time, each write waiting for the disk.
#
#   s_stress_io.sh [folder [workers [seconds]]]
#       folder      one that is there, on the disk in question, default /var/tmp
#       workers     1 to 256, default 4
#       seconds     1 to 3600, default 60, and at most one more
#
# Needs a folder it may write to with 1 MB a worker free, and dd of coreutils; no privilege. Leaves nothing behind:
# its files have no name, and the workers end with this script, also when it is killed outright (after their 256
# writes at most). Exit status: 0 done, 1 could not, 2 wrong use, 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit

[ $# -le 3 ] || usage
folder=${1-/var/tmp} workers=${2-4} seconds=${3-60}
whole_number "$workers" 1 256
whole_number "$seconds" 1 3600
check_folder

work() {
    open_nameless_file 2>/dev/null || exit 1
    while in_time; do
        dd if=/dev/zero of=/proc/self/fd/3 bs=4k count=256 oflag=dsync conv=notrunc 2>/dev/null || exit 1
    done
}

task='stress IO' begun=$(date +%s)
trap 'stop "$workers workers wrote in $folder for $(elapsed) of $seconds s"' HUP INT TERM
echo "stressing IO in $folder: $workers workers for $seconds s"
start_workers "$workers"

failed=0
for worker in $children; do
    wait "$worker" || failed=$((failed + 1))
done
[ "$failed" -eq 0 ] || fail "$failed of $workers workers could not write in $folder"
echo "done: $workers workers wrote in $folder for $(elapsed) s"
