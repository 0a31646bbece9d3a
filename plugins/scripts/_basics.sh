# Shared by all scripts: their usage, the checks of what they need, and their end. A script sets `task` (it "could not"
# do that) and `seconds`; `begun` if it asks for the time; `children`, the processes that are to end with it.

set -u
PATH=$PATH:/usr/sbin:/sbin
task='do it' begun=0 children='' pause='' release=end_children

usage() { # the indented lines of the header
    {
        printf usage:
        sed -n '/^#/!q; s/^#   / /p' "$0"
        echo "     Every number is a whole number."
    } >&2
    exit 2
}

whole_number() { # $1, from $2 to $3
    case $1 in '' | 0?* | *[!0-9]* | ????????*) usage ;; esac
    if [ "$1" -lt "$2" ] || [ "$1" -gt "$3" ]; then usage; fi
}

check_folder() { # $folder is there; its name may begin with a dash
    [ -d "$folder" ] || usage
    case $folder in /*) ;; *) folder=./$folder ;; esac
}

need_tools() {
    for tool; do
        command -v "${tool%% *}" >/dev/null || fail "there is no $tool here"
    done
}

as_root() { # run this script anew as root, where sudo asks for no password
    sudo -n true 2>/dev/null || return
    exec sudo -n env CHAOS_HOSTS="${CHAOS_HOSTS-}" CHAOS_INTERFACE="${CHAOS_INTERFACE-}" \
        CHAOS_RESOLV_CONF="${CHAOS_RESOLV_CONF-}" sh "$0" "$@"
}

need_root() { # called with the script's arguments
    [ "$(id -u)" -eq 0 ] || as_root "$@" || fail "it needs root, or sudo without a password"
}

open_nameless_file() { # as descriptor 3, in $folder: its space is free as soon as no process has it open
    file=$(mktemp "${folder%/}/chaos.XXXXXX") || return
    exec 3<>"$file"
    rm -f "$file"
}

elapsed() {
    echo $(($(date +%s) - begun))
}

in_time() { # and the script has not been killed, where one of its workers asks
    [ "$(date +%s)" -le $((begun + seconds)) ] && kill -0 $$ 2>/dev/null
}

wait_a_second() { # so that a signal is heard at once; descriptors 3 and 4 are the script's alone
    sleep 1 3>&- 4>&- &
    pause=$!
    wait $pause
}

start_workers() { # $1 processes that each run the function `work`, and end after the command that runs
    while [ "$1" -gt 0 ]; do
        (trap exit HUP INT TERM && work) &
        children="$children $!"
        set -- $(($1 - 1))
    done
}

end_children() {
    for child in $children $pause; do
        kill "$child"
    done 2>/dev/null
    wait
}

fail() {
    printf '%s\n' "could not $task: $1" >&2
    $release >/dev/null 2>&1
    exit 1
}

stop() { # at a signal
    trap '' HUP INT TERM
    $release
    printf '%s\n' "stopped: $1"
    exit 143
}
