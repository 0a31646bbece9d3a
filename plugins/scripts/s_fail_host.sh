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
# file is /etc/hosts, or what the variable CHAOS_HOSTS names. Needs the right to write the file: root, or sudo
# without a password; and setsid (util-linux). Leaves nothing behind: it is undone after the time and when the
# script is stopped, and within a second when it is killed outright. Exit status: 0 done, 1 could not, 2 wrong use,
# 143 stopped.

set -u

usage() {
    echo "usage: s_fail_host.sh host [address [seconds]], host a name, address an IP address," \
        "seconds a whole number from 1 to 3600" >&2
    exit 2
}

fail() {
    if [ -n "$undoing" ]; then
        kill "$undoing"
        wait "$undoing" || sh -c "$undo"
    fi >/dev/null 2>&1
    echo "could not make $host fail: $1" >&2
    exit 1
}
undoing=

if [ $# -lt 1 ] || [ $# -gt 3 ]; then usage; fi
host=$1 address=${2-127.0.0.1} seconds=${3-60}
case $host in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) usage ;; esac
case $address in *[!0-9A-Fa-f.:]*) usage ;; *.*.*.* | *:*:*) ;; *) usage ;; esac
case $seconds in '' | 0* | *[!0-9]* | ?????*) usage ;; esac
[ "$seconds" -le 3600 ] || usage

hosts=${CHAOS_HOSTS:-/etc/hosts}
[ -f "$hosts" ] || fail "there is no file $hosts"
if [ ! -w "$hosts" ]; then
    sudo -n true 2>/dev/null && exec sudo -n env CHAOS_HOSTS="$hosts" sh "$0" "$@"
    fail "$hosts cannot be written: it needs root, or sudo without a password"
fi
for tool in setsid sed; do
    command -v "$tool" >/dev/null || fail "there is no $tool here"
done

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

# The undoing has a session of its own: it comes after the time, or at a word from this script, or when that is gone.
setsid sh -c "
    trap '' HUP INT
    trap 'left=0; kill \$!' TERM
    left=$seconds
    while [ \$left -gt 0 ] && kill -0 $$; do
        sleep 1 &
        wait \$!
        left=\$((left - 1))
    done
    $undo
" </dev/null >/dev/null 2>&1 &
undoing=$!

undone() {
    wait "$undoing" || sh -c "$undo" || {
        echo "could not undo it, do so by hand: $undo" >&2
        exit 1
    }
}

stopped() {
    trap '' HUP INT TERM
    kill "$undoing"
    undone
    echo "stopped: $hosts is as it was"
    exit 143
}
trap stopped HUP INT TERM

# It grows, so it is written over without being emptied first: killed just then, nothing of it would be lost.
printf '%s\n%s' "$added" "${during%x}" 1<>"$hosts" || fail "$hosts cannot be written"
echo "$host leads to $address for $seconds s"

undone
echo "done: $hosts is as it was"
