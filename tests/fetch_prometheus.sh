#!/bin/sh
# Fetches the distribution's package "prometheus" (with promtool) into the folder given, for tests: without root, without
# installing anything, checked by apt against the archive's signatures. Where that cannot be, it says so and the tests
# that need it are skipped: nothing depends on it.
set -eu
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/unpacked"

# Lists and archives of its own: the machine's may be missing, and only root may refresh them.
apt() {
    timeout 120 apt-get -qq -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" -o Dir::Cache::Archives="$work/archives" \
        -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Acquire::Retries=1 -o Acquire::http::Timeout=15 "$@"
}

if apt update >"$work/log" 2>&1 && (cd "$work" && apt download prometheus) >>"$work/log" 2>&1; then
    dpkg -x "$work"/prometheus_*.deb "$work/unpacked"
    mkdir -p "$target/usr/bin"
    mv "$work/unpacked/usr/bin/prometheus" "$work/unpacked/usr/bin/promtool" "$target/usr/bin/"
else
    echo "Prometheus cannot be fetched, tests that need it are skipped: $(tail -n 1 "$work/log")" >&2
fi
