#!/bin/sh
# Stop a service, and start it again.
#
#   s_stop_service.sh service [seconds]
#       service     its name, e.g. nginx
#       seconds     1 to 3600, default 60
#
# By systemctl, else by service. Refuses a service that does not run. When stopping it fails, it is started again at
# once. Needs root (or sudo without a password), systemctl or service, setsid (util-linux). Leaves nothing behind:
# it is undone after the time and when the script is stopped, and within a second when it is killed outright. Exit
# status: 0 done, 1 could not, 2 wrong use, 143 stopped.

set -u

usage() {
    echo "usage: s_stop_service.sh service [seconds], service a name, seconds a whole number from 1 to 3600" >&2
    exit 2
}

fail() {
    if [ -n "$undoing" ]; then
        kill "$undoing"
        wait "$undoing" || sh -c "$undo"
    fi >/dev/null 2>&1
    printf '%s\n' "could not stop the service $service: $1" >&2
    exit 1
}
undoing=

if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
service=$1 seconds=${2-60}
case $service in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._:@\\-]*) usage ;; esac
case $seconds in '' | 0* | *[!0-9]* | ?????*) usage ;; esac
[ "$seconds" -le 3600 ] || usage

PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && exec sudo -n sh "$0" "$@"
    fail "it needs root, or sudo without a password"
fi
command -v setsid >/dev/null || fail "there is no setsid here"

# A unit may have a backslash in its name: the undoing is read by a shell, so it is quoted there. Its name has no quote.
if command -v systemctl >/dev/null; then
    running="systemctl is-active --quiet $service" stop="systemctl stop $service" undo="systemctl start '$service'"
elif command -v service >/dev/null; then
    running="service $service status" stop="service $service stop" undo="service '$service' start"
else
    fail "there is neither systemctl nor service here"
fi
$running >/dev/null 2>&1 || fail "it does not run"

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
        printf '%s\n' "could not undo it, do so by hand: $undo" >&2
        exit 1
    }
}

stopped() {
    trap '' HUP INT TERM
    kill "$undoing"
    undone
    printf '%s\n' "stopped: $service is started again"
    exit 143
}
trap stopped HUP INT TERM

problem=$($stop 2>&1) || fail "$problem"
printf '%s\n' "$service is stopped for $seconds s"

undone
$running >/dev/null 2>&1 || fail "it was started again, but does not run"
printf '%s\n' "done: $service runs again"
