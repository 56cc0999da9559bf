"""The whole demo, service and pages included, asks nobody beyond this machine.

Every Python process of it carries an audit hook that writes down whom a socket is about to reach and whose name is
asked for; and the kernel's tables of connections are watched for what native code does.
"""

from __future__ import annotations

import ipaddress
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from patience import LONG
from servers.ports import free_port
from service.ops.test_serve import GOODWILL

HOOK = """
import os, sys

def told(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        place = arguments[1]
        if not isinstance(place, tuple) or str(place[0]) in ("127.0.0.1", "::1", "localhost"):
            return
        said = place[0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        said = arguments[0]
        if said in (None, "", "127.0.0.1", "::1", "localhost", b"127.0.0.1", "0.0.0.0"):
            return
    else:
        return
    with open(os.environ["WATCHED"], "a") as file:
        file.write(f"{event} {said} {sys.argv[:3]}\\n")

sys.addaudithook(told)
"""


def family(root: int) -> set[int]:
    """A process and all that come from it."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def connections(processes: set[int]) -> set[str]:
    """The other ends, beyond this machine, of the sockets of these processes."""
    sockets: set[str] = set()
    for process in processes:
        try:
            for file in Path(f"/proc/{process}/fd").iterdir():
                sockets.update(re.findall(r"socket:\[(\d+)\]", str(file.readlink())))
        except OSError:
            continue
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address = _address(fields[2].split(":")[0])
            if fields[9] in sockets and not (address.is_loopback or address.is_unspecified):
                found.add(str(address))
    return found


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    words = b"".join(bytes.fromhex(written[at : at + 8])[::-1] for at in range(0, len(written), 8))
    address = ipaddress.ip_address(words)
    return (getattr(address, "ipv4_mapped", None)) or address


@pytest.mark.slow
def test_the_demo_lives_and_asks_nobody_beyond_this_machine(tmp_path: Path) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    watched = tmp_path / "watched"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOODWILL_")}
    environment |= {"PYTHONPATH": str(tmp_path / "hook"), "WATCHED": str(watched)}
    environment |= {"http_proxy": "http://192.0.2.1:3128", "https_proxy": "http://192.0.2.1:3128"}

    # The hook sees what it should.
    attempt = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.7', 9))"
    subprocess.run([sys.executable, "-c", attempt], env=environment, check=False, capture_output=True)
    assert "socket.connect 192.0.2.7" in watched.read_text()
    watched.unlink()

    port = free_port()
    demo = subprocess.Popen(
        [GOODWILL, "demo", "--folder", str(tmp_path / "demo"), "--customers", "150", "--port", str(port)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    beyond: set[str] = set()
    assert demo.stdout is not None
    out = demo.stdout
    reader = threading.Thread(target=lambda: lines.extend(out), daemon=True)
    reader.start()

    def watch(seconds: float, until: str = "") -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until and until in "".join(lines)) and demo.poll() is None:
            beyond.update(connections(family(demo.pid)))
            time.sleep(0.2)

    try:
        watch(2 * LONG, "this link signs you in")
        said = "".join(lines)
        link = re.search(r"this link signs you in, once, within 15 minutes: (\S+)", said)
        assert link, said
        browser, address = a_browser(), f"http://127.0.0.1:{port}"
        now = press(browser, link[1])
        assert now.geturl().removeprefix(address) in ("/", "/now"), now.geturl()
        before = stored(browser, address)
        end = time.monotonic() + LONG
        while stored(browser, address) <= before and time.monotonic() < end:
            watch(1)
        assert stored(browser, address) > before, "no new message came in"
        watch(30, "opens a customer's own door")
        at_a_customers_door("".join(lines), browser, address)
        demo.send_signal(signal.SIGINT)
        demo.wait(timeout=LONG)
    finally:
        if demo.poll() is None:
            demo.kill()
        demo.wait()
        reader.join(timeout=10)
        out.close()
    said = "".join(lines)
    assert demo.returncode == 0, said
    assert "Traceback" not in said
    assert said.rstrip().endswith("goodwill demo starts afresh")
    assert not watched.exists(), watched.read_text()
    assert not beyond


def a_browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()))


def press(browser: urllib.request.OpenerDirector, page: str, to: str = "", **fields: str) -> Any:
    """Opens a page, and sends its form."""
    shown = browser.open(page, timeout=LONG).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
    assert token, shown
    form = urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
    return browser.open(urllib.request.Request(to or page, form, {"Referer": page}), timeout=LONG)


def at_a_customers_door(said: str, office: urllib.request.OpenerDirector, address: str) -> None:
    """By the link that the console printed; then by one that they asked for, whose letter lies in the office."""
    printed = re.search(r"opens a customer's own door.*: (\S+)", said)
    assert printed, said
    assert "Rosa Lindqvist" in press(a_browser(), printed[1]).read().decode()
    press(a_browser(), f"{address}/door", f"{address}/door/link", email="rosa.lindqvist@post.example")
    until, letter = time.monotonic() + 60, None
    while letter is None and time.monotonic() < until:
        page = office.open(f"{address}/settings?tab=mail", timeout=LONG).read().decode()
        letter = re.search(rf'href="({address}/door/enter/[^"]+)"', page)
        time.sleep(0.3)
    assert letter, page
    assert "Rosa Lindqvist" in press(a_browser(), letter[1]).read().decode()


def stored(browser: urllib.request.OpenerDirector, address: str) -> float:
    page = browser.open(f"{address}/metrics", timeout=LONG).read().decode()
    found = re.search(r'goodwill_facts_stored_total\{table="messages"\} (\S+)', page)
    assert found
    return float(found[1])
