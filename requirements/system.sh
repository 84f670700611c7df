#!/usr/bin/env bash
# Install, through apt, the system packages that Heji needs and this machine lacks.
# Where there is no apt it tells what to install and stops.
set -euo pipefail

missing=()

# need PACKAGE COMMAND…: the package is missing unless the command succeeds
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_font() { fc-list "Noto Sans CJK SC" family | grep -q .; }
has_fribidi() { "$python" -c 'import ctypes; ctypes.CDLL("libfribidi.so.0")'; }
has_certificates() { [[ -n $(ls -A /etc/ssl/certs) ]]; }

python=${PYTHON:-python3}
[[ $python == python3* ]] && venv_package=$python-venv || venv_package=python3-venv
need "$venv_package" "$python" -c 'import ensurepip, venv'
need ca-certificates has_certificates
need ffmpeg ffprobe -version                # opens all media
need fontconfig fc-list --version           # finds fonts for cards and titles
need fonts-noto-cjk has_font                # Chinese on cards and in captions
need libfribidi0 has_fribidi                # Pillow's text layout loads it at run time
need util-linux prlimit --version           # limits around ffmpeg
need bubblewrap bwrap --version             # the sandbox around ffmpeg
need espeak-ng espeak-ng --version          # speaks in the demo's sample works

if ((${#missing[@]} == 0)); then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "Heji needs these programs (Debian's package names): ${missing[*]}" >&2
    echo "This system has no apt: install them with its own package manager, then try again." >&2
    exit 1
fi

as_root=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "Heji needs system packages. As root run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

echo "Installing system packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt update && apt install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "apt could not install: ${missing[*]}" >&2
    exit 1
fi
