#!/bin/sh
# The browser tests ask axe-core whether everybody can read the pages. Silent where it is there; fetched from npm.
set -eu

version=4.14.1
folder="${1:-.venv}/share/axe"
if [ -f "$folder/axe.min.js" ]; then exit 0; fi
if ! command -v npm >/dev/null 2>&1; then
    echo "no npm: the tests of accessibility will be skipped (install Node.js to run them)" >&2
    exit 0
fi

echo "fetching axe-core for the browser tests ..."
mkdir -p "$folder"
if (cd "$folder" && npm pack --silent "axe-core@$version" >/dev/null && tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js package/LICENSE && rm -f axe-core-*.tgz); then exit 0; fi
echo "axe-core could not be fetched; the tests of accessibility will be skipped" >&2
