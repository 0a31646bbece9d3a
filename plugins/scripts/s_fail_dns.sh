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

. "$(dirname "$0")/_basics.sh" || exit
. "$(dirname "$0")/_undoing.sh" || exit

[ $# -le 1 ] || usage
seconds=${1-60}
whole_number "$seconds" 1 3600

task='cut DNS'
need_root "$@"
need_tools "setsid (util-linux)"

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
    servers=$(sed -n 's/^nameserver[[:space:]]*\([0-9A-Fa-f.:]*\).*/\1/p' <"${CHAOS_RESOLV_CONF:-/etc/resolv.conf}")
    for server in $servers; do
        case $server in 127.* | ::1) continue ;; esac
        cut="$cut && ip route add blackhole $server proto 187"
        undo="$undo; ip route del blackhole $server proto 187"
    done
    [ "$cut" != : ] || fail "neither nft nor iptables works here, and no name server is on another machine"
    ! ip route show type blackhole proto 187 | grep -q . || fail "another run has done so"
fi

start_undoing "$undo" "DNS is as it was"
try sh -c "$cut"
echo "DNS is cut by $way for $seconds s"

wait_for_undoing
echo "done: $restored"
