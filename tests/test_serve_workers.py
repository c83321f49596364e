"""`newsarchive serve --workers`: the real command, its processes told apart by stopping all but one."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serve_archive import STORIES, add, build, story
from test_serve_mcp import ask

from archive import Archive

PATIENCE_S = 60


@contextmanager
def started(*arguments):
    """The command under way, in a process group of its own, as a shell starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "newsarchive", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for pid in [*workers_of(process), process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.communicate(timeout=PATIENCE_S)


@contextmanager
def serving(path, *options):
    """Two workers that serve an archive, as (process, address)."""
    with started("--db", path, "serve", "--port", 0, "--workers", 2, *options) as process:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, process.communicate(timeout=PATIENCE_S)
        yield process, found[0]


def children_of(pid):
    """The processes that a process has started and that have not ended, by /proc."""
    try:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def workers_of(process):
    """The workers of a server; another child of it keeps account of what processes share."""
    return [
        pid
        for pid in children_of(process.pid)
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def is_running(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def until(condition):
    """Wait for something that comes about by itself."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@contextmanager
def only(worker, process):
    """While no other worker of a server can answer."""
    others = [pid for pid in workers_of(process) if pid != worker]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def path(tmp_path):
    return build(tmp_path / "news.db", *STORIES)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of two workers and its two workers, as (process, address, workers)."""
    path = build(tmp_path_factory.mktemp("workers") / "news.db", *STORIES)
    with serving(path, "--metrics", "--public", "--allow-sql") as (process, address):
        yield process, address, workers_of(process)


def test_each_worker_answers_and_sees_what_others_write(path):
    with serving(path) as (process, address):
        first, second = workers_of(process)
        for number, worker in enumerate((first, second)):
            with Archive(path) as archive:
                add(archive, story(f"Just in {number}", "text", f"203{number}-01-01T00:00:00"))
            with only(worker, process):
                assert f"Just in {number}" in httpx.get(address).text


@pytest.mark.parametrize(
    ("tell", "number", "code"),
    [
        pytest.param(os.killpg, signal.SIGINT, 0, id="Ctrl-C"),
        pytest.param(os.kill, signal.SIGTERM, 0, id="SIGTERM"),
        pytest.param(os.killpg, signal.SIGHUP, 0, id="the terminal is closed"),
        pytest.param(os.kill, signal.SIGKILL, -signal.SIGKILL, id="the supervisor is killed"),
    ],
)
def test_all_processes_end(path, tell, number, code):
    with serving(path) as (process, _address):
        pids = children_of(process.pid)
        tell(process.pid, number)
        rest, errors = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, rest, errors) == (code, "", "")
        until(lambda: not any(map(is_running, pids)))


def test_ctrl_c_while_workers_start(path):
    with started("--db", path, "serve", "--port", 0, "--workers", 2) as process:
        until(lambda: len(workers_of(process)) == 2)
        pids = children_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, errors) == (0, "")
        until(lambda: not any(map(is_running, pids)))


def test_a_killed_worker_is_replaced(path):
    with serving(path) as (process, address):
        killed, other = workers_of(process)
        os.kill(killed, signal.SIGKILL)
        with only(killed, process):  # nobody, until there is another
            assert "Musk mocks" in httpx.get(address, timeout=PATIENCE_S).text
        [new] = set(workers_of(process)) - {other}
        assert new != killed
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert errors == f"Worker {killed} has ended; another takes its place\n"


def test_what_one_worker_signs_another_believes(server):
    process, address, (first, second) = server
    form = f"{address}/-/messages"
    with httpx.Client() as browser, only(first, process):
        token = re.search(r'name="csrftoken" value="([^"]+)"', browser.get(form).text)[1]
        cookies = browser.cookies
    with httpx.Client(cookies=cookies) as browser, only(second, process):
        sent = {"message": "Kept", "message_type": "INFO", "csrftoken": token}
        assert browser.post(form, data=sent).status_code == 302
        cookies = browser.cookies
    with httpx.Client(cookies=cookies) as browser, only(first, process):
        assert "Kept" in browser.get(f"{address}/-/databases-index").text


def test_metrics_are_of_all_workers_whoever_tells_them(server):
    process, address, workers = server

    def sites_asked_for(text):
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "newsarchive_request_seconds_count"
            and sample.labels["page"] == "sites"
        )

    for worker in workers:
        with only(worker, process):
            httpx.get(f"{address}/-/sites")
    # An answer is counted after it has gone out: a worker that is stopped at once may not have come to it.
    deadline = time.monotonic() + 20
    while sites_asked_for(httpx.get(f"{address}/-/metrics").text) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for worker in workers:
        with only(worker, process):
            text = httpx.get(f"{address}/-/metrics").text
        assert sites_asked_for(text) == 2
        assert 'newsarchive_articles{archive="news"} 5.0' in text
        assert "process_" not in text


async def test_mcp_keeps_no_sessions(server):
    process, address, (first, second) = server
    endpoint = f"{address}/-/mcp"
    headers = {"accept": "application/json, text/event-stream"}
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    with only(first, process):
        answer = httpx.post(endpoint, headers=headers, json=rpc("initialize", hello))
    assert answer.json()["result"]["serverInfo"]["name"] == "datasette"
    assert "mcp-session-id" not in answer.headers
    call = {"name": "read_article", "arguments": {"article_id": 4}}
    with only(second, process):
        answer = httpx.post(endpoint, headers=headers, json=rpc("tools/call", call))
    assert json.loads(answer.json()["result"]["content"][1]["text"])["title"] == (
        "Musk mocks Meta’s outage"
    )
    for _ in range(4):
        _, found = await ask(endpoint, "search_articles", words="outage")
        assert json.loads(found)["total"] == 1


def rpc(method, params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_several_archives_under_a_prefix(tmp_path, path):
    second = build(tmp_path / "later.db", story("Later", "text", "2024-05-01T00:00:00"))
    with serving(tmp_path / "not asked for.db", path, second, "--base-url", "/news/") as (
        process,
        address,
    ):
        for worker in workers_of(process):
            with only(worker, process):
                front = httpx.get(f"{address}/news/").text
            assert 'href="/news/-/article/news/4"' in front
            assert 'href="/news/-/article/later/1"' in front


def test_requests_are_told_by_the_worker_that_answers(path):
    with serving(path, "--access-log") as (process, address):
        for worker in workers_of(process):
            with only(worker, process):
                httpx.get(f"{address}/-/sites")
            assert " GET /-/sites 200 " in process.stdout.readline()


def test_what_is_wrong_is_told_once(tmp_path, path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = (
            f"Error: 127.0.0.1:{port}: port {port} is in use. "
            "Stop what runs there, or choose another port with --port.\n"
        )
        assert outcome("--db", path, "serve", "--workers", 2, "--port", port) == (1, "", told)
    missing = tmp_path / "missing.db"
    code, out, errors = outcome("--db", missing, "serve", "--workers", 2)
    assert (code, out, errors.count("there is no such archive")) == (1, "", 1)
    code, out, errors = outcome("--db", path, "serve", "--workers", 0)
    assert (code, out) == (2, "")
    assert "Invalid value for '--workers': 0 is not in the range 1<=x<=64." in errors


def outcome(*arguments):
    """(exit code, standard output, standard error) of a command that ends by itself."""
    with started(*arguments) as process:
        out, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, errors


@pytest.mark.parametrize("workers", [1, 2])
def test_what_cannot_start_is_not_tried_for_ever(tmp_path, workers):
    code = f"""
import pathlib, socket
from archive.logs import Log
from serve.processes import run
from serve.room import Room
with socket.create_server(("127.0.0.1", 0)) as listener:
    room = Room((pathlib.Path("gone.db"),), {{}}, None)
    run(room, listener, {workers}, Log("serve"), lambda: print("ready"))
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (1, "")
    assert "unable to open database file" in result.stderr
    assert result.stderr.endswith(
        "NewsarchiveError: serve: it could not start. The reason stands above.\n"
    )
