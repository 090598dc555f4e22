#!/bin/sh
# Makes .venv with the first Python that is new enough, or says what to install.
set -eu

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if [ -n "${PYTHON:-}" ]; then
    new_enough "$PYTHON" || { echo "PYTHON=$PYTHON is not a Python 3.11 or newer." >&2; exit 1; }
else
    for candidate in python3.13 python3.12 python3.11 python3; do
        if new_enough "$candidate"; then PYTHON=$candidate; break; fi
    done
fi
if [ -z "${PYTHON:-}" ]; then
    found=$(python3 --version 2>/dev/null || echo "no python3")
    echo "Watchroom needs Python 3.11 or newer; here is $found." >&2
    echo "On Debian 12 or Ubuntu 24.04: apt-get install python3 python3-venv" >&2
    echo "If it is installed under another name: make PYTHON=/path/to/python3 ..." >&2
    exit 1
fi
if ! "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$PYTHON has no venv module. On Debian and Ubuntu: apt-get install python$version-venv" >&2
    exit 1
fi
echo "set-up: .venv with $("$PYTHON" --version)"
"$PYTHON" -m venv --clear .venv
