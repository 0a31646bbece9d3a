# Shared by the scripts that change the machine: a second process, in a session of its own, undoes the change when the
# time is up, at once when the script is stopped, and within a second when the script is gone.

release=undo_now
undoing=''

start_undoing() { # before the change. $1 is the command that undoes it, $2 says how things are then
    undo=$1 restored=$2
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
    trap 'stop "$restored"' HUP INT TERM
}

try() { # the change
    problem=$("$@" 2>&1) || fail "$problem"
}

wait_for_undoing() {
    wait "$undoing" || sh -c "$undo" || {
        printf '%s\n' "could not undo it, do so by hand: $undo" >&2
        exit 1
    }
    undoing=''
}

undo_now() {
    [ -n "$undoing" ] || return
    kill "$undoing" 2>/dev/null
    wait_for_undoing
}
