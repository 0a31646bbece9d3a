#!/bin/sh
# Make a host fail for this machine: its name leads elsewhere, by the hosts file.
#
#   s_fail_host.sh host [address [seconds]]
#       host        the name of an endpoint, e.g. dynamodb.eu-west-1.amazonaws.com
#       address     where it leads; default 127.0.0.1 and ::1, which refuse at once where nothing listens;
#                   192.0.2.1, which nobody has, makes connections hang
#       seconds     1 to 3600, default 60
#
# What the file says of the host already is put aside for the time. What others write into it meanwhile stays. The
# file is /etc/hosts, or the one that the variable CHAOS_HOSTS names, which must be called hosts. Needs the right to
# write the file: root, or sudo without a password; and setsid (util-linux). Leaves nothing behind: it is undone after
# the time and when the script is stopped, and within a second when it is killed outright. Exit status: 0 done,
# 1 could not, 2 wrong use, 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit
. "$(dirname "$0")/_undoing.sh" || exit

if [ $# -lt 1 ] || [ $# -gt 3 ]; then usage; fi
host=$1 address=${2-127.0.0.1} seconds=${3-60}
case $host in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) usage ;; esac
case $address in *[!0-9A-Fa-f.:]*) usage ;; *.*.*.* | *:*:*) ;; *) usage ;; esac
whole_number "$seconds" 1 3600

task="make $host fail"
hosts=${CHAOS_HOSTS:-/etc/hosts}
case $hosts in /*) ;; *) hosts=./$hosts ;; esac # its name may begin with a dash
[ "${hosts##*/}" = hosts ] || fail "$hosts is not named hosts: root would write into any other file"
[ -f "$hosts" ] || fail "there is no file $hosts"
[ -w "$hosts" ] || as_root "$@" || fail "$hosts cannot be written: it needs root, or sudo without a password"
need_tools "setsid (util-linux)" sed

# Lines that end with the mark are added, lines that begin with it put aside. The file stays the same file, since it
# may be mounted on its own, and is written at once. (The x keeps its last line ends.)
mark="# chaos $$"
export hosts
undo="before=\$(sed -e '/ $mark\$/d' -e 's/^$mark //' \"\$hosts\" && echo x) && printf %s \"\${before%x}\" >\"\$hosts\""
added="$address $host $mark"
[ "$address" != 127.0.0.1 ] || added="$added
::1 $host $mark"
dotted=$(echo "$host" | sed 's/[.]/[.]/g')
names_it="^[^#]*[[:space:]]$dotted\([[:space:]#].*\)\{0,1\}\$"
during=$(sed "s/$names_it/$mark &/" "$hosts" && echo x) || fail "$hosts cannot be read"

start_undoing "$undo" "$hosts is as it was"

# It grows, so it is written over without being emptied first: killed just then, nothing of it would be lost.
printf '%s\n%s' "$added" "${during%x}" 1<>"$hosts" || fail "$hosts cannot be written"
echo "$host leads to $address for $seconds s"

wait_for_undoing
echo "done: $restored"
