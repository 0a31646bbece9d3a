#!/bin/sh
# Cut this machine off from DNS: what it sends to port 53, UDP and TCP, IPv4 and IPv6, is dropped on the way out.
#
#   s_fail_dns.sh [seconds]     1 to 3600, default 60
#
# By nft, else by iptables; where neither works, by blackhole routes to the name servers of /etc/resolv.conf (or of
# the file that the variable CHAOS_RESOLV_CONF names). Needs root (or sudo without a password), Linux with nft,
# iptables or ip (iproute2), and setsid (util-linux). Leaves nothing behind: it is undone after the time and when
# the script is stopped, and within a second when it is killed outright. Exit status: 0 done, 1 could not, 2 wrong
# use, 143 stopped.

set -u

usage() {
    echo "usage: s_fail_dns.sh [seconds], a whole number from 1 to 3600" >&2
    exit 2
}

fail() {
    if [ -n "$undoing" ]; then
        kill "$undoing"
        wait "$undoing" || sh -c "$undo"
    fi >/dev/null 2>&1
    echo "could not cut DNS: $1" >&2
    exit 1
}
undoing=

[ $# -le 1 ] || usage
seconds=${1-60}
case $seconds in '' | 0* | *[!0-9]* | ?????*) usage ;; esac
[ "$seconds" -le 3600 ] || usage

PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && exec sudo -n env CHAOS_RESOLV_CONF="${CHAOS_RESOLV_CONF-}" sh "$0" "$@"
    fail "it needs root, or sudo without a password"
fi
command -v setsid >/dev/null || fail "there is no setsid here"

# A name of its own, so that what is undone is what was done here. What undoes goes on when a part of it was never done.
name=chaos_dns_$$
if nft list tables >/dev/null 2>&1; then
    way=nft
    cut="nft 'table inet $name { chain out { type filter hook output priority -150;
        udp dport 53 drop; tcp dport 53 drop; }; }'"
    undo="nft delete table inet $name"
elif iptables -w -n -L OUTPUT >/dev/null 2>&1; then
    way=iptables cut=: undo=:
    for tables in iptables ip6tables; do
        $tables -w -n -L OUTPUT >/dev/null 2>&1 || continue
        cut="$cut && $tables -w -N $name && $tables -w -A $name -p udp --dport 53 -j DROP &&
            $tables -w -A $name -p tcp --dport 53 -j DROP && $tables -w -I OUTPUT -j $name"
        undo="$undo; $tables -w -D OUTPUT -j $name; $tables -w -F $name; $tables -w -X $name"
    done
else
    way='blackhole routes' cut=: undo=:
    servers=$(sed -n 's/^nameserver[[:space:]]*\([0-9A-Fa-f.:]*\).*/\1/p' "${CHAOS_RESOLV_CONF:-/etc/resolv.conf}")
    for server in $servers; do
        case $server in 127.* | ::1) continue ;; esac
        cut="$cut && ip route add blackhole $server proto 187"
        undo="$undo; ip route del blackhole $server proto 187"
    done
    [ "$cut" != : ] || fail "neither nft nor iptables works here, and no name server is on another machine"
    ! ip route show type blackhole proto 187 | grep -q . || fail "another run has done so"
fi

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
    echo "stopped: DNS is as it was"
    exit 143
}
trap stopped HUP INT TERM

problem=$(sh -c "$cut" 2>&1) || fail "$problem"
echo "DNS is cut by $way for $seconds s"

undone
echo "done: DNS is as it was"
