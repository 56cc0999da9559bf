#!/bin/sh
# The browser tests need a Chromium of the system. Silent where there is one; installs it on Debian and Ubuntu as root.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the browser tests ..."
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; then exit 0; fi
    echo "chromium could not be installed; the browser tests will be skipped" >&2
    exit 0
fi

echo "no Chromium found: the browser tests will be skipped. To run them, install one:" >&2
echo "  Debian:  sudo apt-get install chromium      Fedora: sudo dnf install chromium" >&2
echo "  macOS:   brew install --cask chromium       or set CHROMIUM to the path of a Chrome" >&2
