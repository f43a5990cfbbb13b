#!/bin/sh
# Prints the path of a Python that this project can use (>= 3.12, < 3.15).
# Each candidate is run, not merely looked up: a shim may exist and still fail.
# To choose one yourself: PYTHON=/path/to/python make install

fits='import sys, venv, ensurepip
if not (3, 12) <= sys.version_info[:2] < (3, 15):
    raise SystemExit(1)
print(sys.executable)'

try() {
    found=$("$1" -c "$fits" 2>/dev/null </dev/null) && [ -n "$found" ] || return 1
    printf '%s\n' "$found"
}

if [ -n "${PYTHON:-}" ]; then
    try "$PYTHON" && exit 0
    echo "PYTHON=$PYTHON is no Python >= 3.12 and < 3.15 with venv and ensurepip." >&2
    exit 1
fi

for candidate in python3.13 python3.12 python3.14 python3 python; do
    try "$candidate" && exit 0
done

for version in 3.13 3.12 3.14; do
    for home in $(ls -d "$HOME/.pyenv/versions/$version".* 2>/dev/null | sort -r -V); do
        try "$home/bin/python" && exit 0
    done
done

echo "bayesips needs Python >= 3.12 and < 3.15 with venv; none was found." >&2
echo "Install one, or name it: PYTHON=/path/to/python3.13 make install" >&2
exit 1
