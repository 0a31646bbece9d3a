#!/bin/sh
# Keep a disk busy: write 64 MB and force them to the disk, again and again.
#
#   s_burnio.sh [folder [seconds]]
#       folder      one that is there, on the disk in question, default /var/tmp
#       seconds     1 to 3600, default 60; at most one more, and what the last 64 MB take
#
# Needs a folder it may write to with 64 MB free, no privilege. Leaves nothing behind: its file has no name, so the
# space is free as soon as the writing has ended, also when this script is killed outright. Exit status: 0 done, 1
# could not, 2 wrong use, 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit

[ $# -le 2 ] || usage
folder=${1-/var/tmp} seconds=${2-60}
whole_number "$seconds" 1 3600
check_folder

task='burn IO' begun=$(date +%s) rounds=0
open_nameless_file || fail "no file can be made in $folder"
trap 'stop "wrote $rounds times 64 MB in $folder for $(elapsed) of $seconds s"' HUP INT TERM

echo "burning IO in $folder for $seconds s"
while in_time; do
    dd if=/dev/zero of=/proc/self/fd/3 bs=1M count=64 conv=fsync 2>/dev/null &
    children=$!
    wait "$children" || fail "writing 64 MB in $folder failed"
    rounds=$((rounds + 1))
done
echo "wrote $rounds times 64 MB in $folder for $(elapsed) s"
