#!/bin/sh
# The tests of the mailbox speak to a real Dovecot. Silent where it is there; installs it on Debian and Ubuntu as root.
# The tests start a server of their own, in a temporary folder: nothing that already runs is touched.
set -eu

for folder in /usr/sbin /usr/local/sbin /opt/homebrew/sbin $(echo "$PATH" | tr ':' ' '); do
    if [ -x "$folder/dovecot" ]; then exit 0; fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Dovecot for the tests ..."
    export DEBIAN_FRONTEND=noninteractive
    # The package would start a server of its own, which is not wanted; where somebody has a policy, it stays.
    policy=/usr/sbin/policy-rc.d
    made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        made=1
    fi
    done=1
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends dovecot-imapd >/dev/null; } || done=""
    [ -z "$made" ] || rm -f "$policy"
    [ -n "$done" ] || echo "Dovecot could not be installed; the tests of the mailbox will be skipped" >&2
    exit 0
fi

echo "no Dovecot found: the tests of the mailbox will be skipped. To run them, install it:" >&2
echo "  Debian:  sudo apt-get install dovecot-imapd      Fedora: sudo dnf install dovecot" >&2
echo "  macOS:   brew install dovecot" >&2
