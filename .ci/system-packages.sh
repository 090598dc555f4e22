#!/bin/sh
# Real servers and tools for the tests. Installs what is missing when it may; otherwise names the one
# command that does it. Nothing installed here is started as a service.
set -eu

wanted="mosquitto mosquitto-clients influxdb influxdb-client victoria-metrics postgresql chromium fonts-noto-cjk mbpoll libmodbus-dev gcc libc6-dev kannel kannel-extras smstools systemd libseccomp2"

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=""
for package in $wanted; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

by_hand() {
    echo "The tests need system packages that are missing here. As root, run:" >&2
    echo "    apt-get install --no-install-recommends$missing" >&2
    exit 1
}

command -v apt-get >/dev/null || by_hand
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    by_hand
fi

# Debian starts a service, on all addresses, as soon as its package is installed. policy-rc.d forbids it
# (exit 101); whatever stood in that place before comes back afterwards.
policy=/usr/sbin/policy-rc.d
kept=$policy.before-watchroom
restore() {
    $as_root rm -f "$policy"
    if [ -e "$kept" ]; then $as_root mv "$kept" "$policy"; fi
}
# (A kept file from a run that was killed is the true one.)
if [ -e "$policy" ] && [ ! -e "$kept" ]; then $as_root mv "$policy" "$kept"; fi
trap restore EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
$as_root chmod 755 "$policy"

install() {
    # shellcheck disable=SC2086  # a list of words, on purpose
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $missing
}
known() {
    for package in $missing; do
        apt-cache show "$package" >/dev/null 2>&1 || return 1
    done
}
echo "set-up: system packages$missing"
known || $as_root apt-get update --quiet || by_hand
install || { $as_root apt-get update --quiet && install; } || by_hand
