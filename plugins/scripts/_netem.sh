# Shared by the scripts that change what happens to packets on their way out through a network interface.

netem() { # as tc's netem is called
    interface=${CHAOS_INTERFACE:-$( (ip route show default; ip -6 route show default) 2>/dev/null |
        sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)}
    case $interface in
        '') fail "there is no default route: name the interface in CHAOS_INTERFACE" ;;
        -* | *[!A-Za-z0-9_.:-]*) fail "'$interface' is no interface" ;;
    esac
    queueing=$(tc qdisc show dev "$interface" 2>&1) || fail "$queueing"
    if echo "$queueing" | grep -q ' [0-9a-f]*[1-9a-f][0-9a-f]*: root'; then
        fail "$interface has a queueing discipline that somebody set: $queueing"
    fi

    # A handle of its own: what is undone is what was done here.
    handle=$(($$ % 9000 + 100))
    start_undoing "tc qdisc del dev $interface root handle $handle:" "$interface is as it was"
    try tc qdisc add dev "$interface" root handle "$handle:" netem "$@"
}
