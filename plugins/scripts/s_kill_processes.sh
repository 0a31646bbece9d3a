#!/bin/sh
# Kill processes outright (SIGKILL), and again every second, so that what is started anew is killed too.
#
#   s_kill_processes.sh processes [seconds]
#       processes   the exact name of a program (15 characters at most, as the kernel knows it), e.g. nginx;
#                   or, with *, ? or [, a pattern of the whole command line, e.g. '*gunicorn*orders*'
#       seconds     1 to 3600, default 10
#
# Spares itself and its parents, sshd, process 1 and the kernel's. Needs ps (procps), and root (or sudo without a
# password) for the processes of others. Starts nothing again: that is what whoever watches over the processes is
# tried for. Exit status: 0 killed some, 1 could not, 2 wrong use, 143 stopped.

. "$(dirname "$0")/_basics.sh" || exit

if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
wanted=$1 seconds=${2-10}
case $wanted in
    '' | -*) usage ;;
    *[!*?]*[*?[]* | *[*?[]*[!*?]*) what='args' ;;
    *[*?[]* | ????????????????*) usage ;;
    *) what='comm' ;;
esac
whole_number "$seconds" 1 3600

task='kill processes'
need_tools "ps (procps)"
[ "$(id -u)" -eq 0 ] || as_root "$@"

spared=" 1 $$ "
[ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ] && kernel=2 || kernel=none
pid=$$
while pid=$(ps -o ppid= -p "$pid" | tr -d ' ') && [ "${pid:-0}" -gt 1 ]; do
    spared="$spared$pid "
done

killed=0 refused=0
is_meant() { # process, parent, state, name or command line
    case $3 in Z*) return 1 ;; esac
    case $spared$sshd in *" $1 "*) return 1 ;; esac
    case $2 in "$$" | "$kernel") return 1 ;; esac
    # shellcheck disable=SC2254 # a pattern is meant
    if [ $what = comm ]; then [ "$4" = "$wanted" ]; else case $4 in $wanted) ;; *) return 1 ;; esac; fi
}

kill_once() {
    sshd=$(ps -e -o pid= -o comm= | awk '$2 ~ /^sshd/ { printf " %s ", $1 }')
    processes=$(ps -e -ww -o pid= -o ppid= -o stat= -o $what=)
    while read -r pid parent state text; do
        is_meant "$pid" "$parent" "$state" "$text" || continue
        if kill -KILL "$pid" 2>/dev/null; then killed=$((killed + 1)); else refused=$((refused + 1)); fi
    done <<END
$processes
END
}

trap 'stop "killed $killed processes"' HUP INT TERM

echo "killing processes for $seconds s: $wanted"
left=$seconds
while [ "$left" -gt 0 ]; do
    kill_once
    wait_a_second
    left=$((left - 1))
done

if [ "$killed" -eq 0 ]; then
    [ "$refused" -eq 0 ] || without_root=" that may be killed without root"
    fail "there was none${without_root-}"
fi
echo "done: killed $killed processes"
