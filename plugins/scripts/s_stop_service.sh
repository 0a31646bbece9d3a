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

. "$(dirname "$0")/_basics.sh" || exit
. "$(dirname "$0")/_undoing.sh" || exit

if [ $# -lt 1 ] || [ $# -gt 2 ]; then usage; fi
service=$1 seconds=${2-60}
case $service in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._:@\\-]*) usage ;; esac
whole_number "$seconds" 1 3600

task="stop the service $service"
need_root "$@"
need_tools "setsid (util-linux)"

# A unit may have a backslash in its name: the undoing is read by a shell, so it is quoted there. Its name has no quote.
if command -v systemctl >/dev/null; then
    running="systemctl is-active --quiet $service" stop="systemctl stop $service" undo="systemctl start '$service'"
elif command -v service >/dev/null; then
    running="service $service status" stop="service $service stop" undo="service '$service' start"
else
    fail "there is neither systemctl nor service here"
fi
$running >/dev/null 2>&1 || fail "it does not run"

start_undoing "$undo" "$service is started again"
# shellcheck disable=SC2086 # words
try $stop
printf '%s\n' "$service is stopped for $seconds s"

wait_for_undoing
$running >/dev/null 2>&1 || fail "it was started again, but does not run"
printf '%s\n' "done: $service runs again"
