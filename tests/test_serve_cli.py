"""The serve command: a real server in a process of its own, on a free loopback port."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import datetime

import pytest
from click.testing import CliRunner
from serve_archive import STORIES, add, build, story

from archive import Archive, ArchiveMissing, NewsarchiveError, NotAnArchive
from serve.cli import serve

COMMAND = "import sys, pathlib; from serve.cli import serve; serve(sys.argv[2:], obj=pathlib.Path(sys.argv[1]))"


@contextmanager
def serving(path, *options):
    """A server under way, as (process, first line, address)."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(path), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, process.communicate(timeout=30)
        yield process, line, found[0]
    finally:
        process.kill()
        process.communicate(timeout=30)


def get(address):
    with urllib.request.urlopen(address, timeout=30) as response:
        return response.read().decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_says_where_serves_and_ends_cleanly(tmp_path, number):
    path = build(tmp_path / "demo.db", *STORIES)
    with serving(path) as (process, line, address):
        assert line == f"Reading {path} at {address} (Ctrl-C to stop)\n"
        assert address.startswith("http://127.0.0.1:")
        assert "Musk mocks" in get(address)
        for missing in ("/no/such/page/at/all", "/-/article/99", "/nothing"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                get(address + missing)
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_articles_of_another_process_show_up_and_nothing_is_written(tmp_path):
    path = build(tmp_path / "demo.db", *STORIES)
    with serving(path) as (_process, _line, address):
        assert "Just in" not in get(address)
        with Archive(path) as archive:
            add(archive, story("Just in", "text", "2030-01-01T00:00:00"))
        assert "Just in" in get(address)


def test_a_protected_file_is_served_as_it_is(tmp_path):
    path = build(tmp_path / "demo.db", *STORIES)
    path.chmod(stat.S_IRUSR)
    with serving(path) as (_process, _line, address):
        assert "Musk mocks" in get(address)
        assert '"is_mutable": false' in get(address + "/-/databases.json")


def test_port_in_use(tmp_path):
    path = build(tmp_path / "demo.db", *STORIES)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(serve, ["--port", str(port)], obj=path)
    assert isinstance(result.exception, NewsarchiveError)
    assert str(result.exception) == (
        f"127.0.0.1:{port}: port {port} is in use. "
        "Stop what runs there, or choose another port with --port."
    )
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("host", "cause"), [("no.such.host.invalid", "no such address"), ("192.0.2.1", "listened")]
)
def test_wrong_host(tmp_path, host, cause):
    path = build(tmp_path / "demo.db", *STORIES)
    result = CliRunner().invoke(serve, ["--host", host, "--port", "0"], obj=path)
    assert isinstance(result.exception, NewsarchiveError)
    assert cause in str(result.exception)


def test_no_archive(tmp_path):
    result = CliRunner().invoke(serve, [], obj=tmp_path / "missing.db")
    assert isinstance(result.exception, ArchiveMissing)
    (tmp_path / "text.db").write_text("not a database")
    result = CliRunner().invoke(serve, [], obj=tmp_path / "text.db")
    assert isinstance(result.exception, NotAnArchive)


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_wrong_port(tmp_path, port):
    assert CliRunner().invoke(serve, ["--port", port], obj=tmp_path / "a.db").exit_code == 2


def test_importing_the_command_loads_nothing_heavy():
    code = "import sys, serve.cli; print({'datasette', 'uvicorn', 'jinja2', 'httpx'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "set()\n"


def test_public_turns_off_what_strangers_have_no_use_for(tmp_path):
    path = build(tmp_path / "news.db", *STORIES)
    with serving(path, "--public", "--allow-robots") as (_process, _line, address):
        assert "Musk mocks" in get(address)
        assert "Sitemap: " in get(f"{address}/robots.txt")
        for denied in ("/news.db", "/news?sql=select+1", "/news/pages", "/-/article/4/page"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                get(address + denied)


def test_switches_of_public_alone_are_wrong_usage(tmp_path):
    path = build(tmp_path / "news.db", *STORIES)
    for option in ("--allow-sql", "--allow-robots", "--metrics"):
        result = CliRunner().invoke(serve, [option], obj=path)
        assert result.exit_code == 2
        assert "go with --public" in result.output


def test_under_a_prefix(tmp_path):
    path = build(tmp_path / "news.db", *STORIES)
    with serving(path, "--base-url", "/news/") as (_process, _line, address):
        assert 'href="/news/-/article/4"' in get(f"{address}/news/")
    result = CliRunner().invoke(serve, ["--base-url", "news"], obj=path)
    assert (result.exit_code, "begins and ends with a slash" in result.output) == (2, True)


def test_several_archives(tmp_path):
    first = build(tmp_path / "march.db", *STORIES)
    (tmp_path / "more").mkdir()
    second = build(tmp_path / "more" / "march.db", story("Later", "text", "2024-05-01T00:00:00"))
    first.chmod(stat.S_IRUSR)
    with serving(tmp_path / "not asked for.db", str(first), str(second)) as (_, line, address):
        assert line == f"Reading {first}, {second} at {address} (Ctrl-C to stop)\n"
        front = get(address)
        assert "/-/article/march/4" in front
        assert "/-/article/march_2/1" in front
        assert "Musk mocks" in get(f"{address}/-/article/4")


def test_an_archive_named_twice_is_wrong_usage(tmp_path):
    path = build(tmp_path / "march.db", *STORIES)
    result = CliRunner().invoke(serve, [str(path), f"{tmp_path}/./march.db"], obj=path)
    assert (result.exit_code, "An archive is named twice." in result.output) == (2, True)


def test_one_of_several_is_no_archive(tmp_path):
    first, second = build(tmp_path / "march.db", *STORIES), tmp_path / "april.db"
    result = CliRunner().invoke(serve, [str(first), str(second)], obj=first)
    assert isinstance(result.exception, ArchiveMissing)
    assert str(result.exception).startswith(f"{second}: there is no such archive.")


def test_each_request_is_told_if_that_is_asked_for(tmp_path):
    path = build(tmp_path / "news.db", *STORIES)
    with serving(path, "--access-log", "--log-format", "json") as (process, line, address):
        get(f"{address}/-/search?q=meta%20outage")
        told = [json.loads(text) for text in (line, process.stdout.readline())]
    for one in told:
        assert datetime.fromisoformat(one.pop("time")).tzinfo
    assert told[1].pop("seconds") >= 0
    assert told[1].pop("message").startswith("127.0.0.1 GET /-/search?q=meta%20outage 200 0.")
    assert told == [
        {
            "level": "info", "command": "serve", "event": "listening",
            "message": f"Reading {path} at {address} (Ctrl-C to stop)",
            "address": address, "archives": [str(path)],
        },
        {
            "level": "info", "command": "serve", "event": "request", "client": "127.0.0.1",
            "method": "GET", "path": "/-/search?q=meta%20outage", "status": 200,
        },
    ]  # fmt: skip


def test_requests_in_lines_for_people(tmp_path):
    path = build(tmp_path / "news.db", *STORIES)
    with serving(path, "--access-log") as (process, _line, address):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(f"{address}/-/article/99")
        line = process.stdout.readline()
    assert re.fullmatch(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ  127\.0\.0\.1 GET /-/article/99 404 \d+\.\d{3} s\n", line
    )
