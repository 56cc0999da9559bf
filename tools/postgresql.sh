#!/bin/sh
# The tests run on PostgreSQL too. Silent where its server is there; installs it on Debian and Ubuntu as root.
# The tests start a server of their own, in a temporary folder: nothing that already runs is touched.
set -eu

for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true) $(echo "$PATH" | tr ':' ' '); do
    if [ -x "$folder/initdb" ]; then exit 0; fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing PostgreSQL for the tests ..."
    export DEBIAN_FRONTEND=noninteractive
    # No cluster is made: the package's own server is not wanted.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null; then exit 0; fi
    echo "PostgreSQL could not be installed; the tests on it will be skipped" >&2
    exit 0
fi

echo "no PostgreSQL found: the tests on it will be skipped. To run them, install its server:" >&2
echo "  Debian:  sudo apt-get install postgresql      Fedora: sudo dnf install postgresql-server" >&2
echo "  macOS:   brew install postgresql              or set GOODWILL_TEST_POSTGRESQL to an address whose user may create databases" >&2
