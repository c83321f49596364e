"""The network under the HTTP client: each connection goes to a checked address and has a deadline.

httpcore asks its backend for a connection to a host. This one resolves the host itself, checks the
addresses (`ingest.addresses`) and connects to what it checked, so no second look-up can answer
otherwise; TLS still verifies the host's name. Each read has what is left of the deadline, so a
server that drips bytes, in the headers too, cannot hold the client longer.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any
from weakref import WeakSet

import httpcore
import httpx

from ingest.addresses import check_address, resolve
from ingest.errors import FetchError
from ingest.fetch_errors import certificates_error

#: What is spoken over a secured connection, as the server chooses.
_PROTOCOLS = ["http/1.1", "h2"]

_Limits = tuple[str, float]
_current: ContextVar[_Limits] = ContextVar(
    "the URL asked for and the deadline, in monotonic seconds"
)


@contextmanager
def request_limits(url: str, deadline: float) -> Iterator[None]:
    """Within the block, connections are made for this URL and end at the deadline."""
    token = _current.set((url, deadline))
    try:
        yield
    finally:
        _current.reset(token)


class CheckedTransport(httpx.HTTPTransport):
    """httpx's transport over checked connections; proxies of the environment are not used."""

    def __init__(self, allow_private: bool, connect_to: Mapping[str, tuple[str, int]]) -> None:
        # It holds no certificates, so it trusts nobody: reading them takes longer than all else here.
        empty = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(verify=empty)
        # httpx has no public way to give a pool its backend; a test holds that this one is used.
        self._pool.close()
        self._backend = _CheckedBackend(allow_private, connect_to)
        self._pool = httpcore.ConnectionPool(
            ssl_context=empty,
            http2=True,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=self._backend,
        )

    def abort(self) -> None:
        """Break all connections, so that threads that wait for a server end at once."""
        self._backend.abort()


class _Sockets:
    """The sockets that are in use, in whatever thread."""

    def __init__(self) -> None:
        self._found: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()

    def add(self, connected: socket.socket) -> None:
        with self._lock:
            self._found.add(connected)

    def all(self) -> list[socket.socket]:
        with self._lock:
            return list(self._found)


class _CheckedBackend(httpcore.NetworkBackend):
    def __init__(self, allow_private: bool, connect_to: Mapping[str, tuple[str, int]]) -> None:
        self._allow_private = allow_private
        self._connect_to = connect_to
        self._inner = httpcore.SyncBackend()
        self._sockets = _Sockets()
        # Two threads may both read them, and have the same.
        self._certificates = cache(_certificates)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        url, _ = _current.get()
        if target := self._connect_to.get(host):
            address, port = target
            check_address(url, host, address, self._allow_private)
        else:
            address = resolve(url, host, port, self._allow_private)
        stream = self._inner.connect_tcp(
            address, port, _left(timeout), local_address, socket_options
        )
        return _DeadlineStream(stream, self._sockets, self._certificates)

    def abort(self) -> None:
        for connected in self._sockets.all():
            with suppress(OSError):  # closed already
                connected.shutdown(socket.SHUT_RDWR)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _DeadlineStream(httpcore.NetworkStream):
    """A stream none of whose reads and writes outlasts the deadline of the present request."""

    def __init__(
        self,
        inner: httpcore.NetworkStream,
        sockets: _Sockets,
        certificates: Callable[[], ssl.SSLContext],
    ) -> None:
        self._inner = inner
        self._sockets = sockets
        self._certificates = certificates
        sockets.add(inner.get_extra_info("socket"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Secure the connection by the certificates, whatever context the pool has."""
        try:
            certificates = self._certificates()
        except FetchError:
            self.close()
            raise
        stream = self._inner.start_tls(certificates, server_hostname, _left(timeout))
        return _DeadlineStream(stream, self._sockets, self._certificates)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _certificates() -> ssl.SSLContext:
    """The certificates that are trusted, read only when a connection is to be secured."""
    try:
        context = httpx.create_ssl_context()
    except OSError as error:  # those of OpenSSL are such too
        raise certificates_error(_current.get()[0], error) from error
    context.set_alpn_protocols(_PROTOCOLS)
    return context


def _left(
    timeout: float | None, late: type[httpcore.TimeoutException] = httpcore.ConnectTimeout
) -> float:
    """What is left for one operation, in seconds; raises `late` if nothing is."""
    _, deadline = _current.get()
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("the deadline of the request is over")
    return left if timeout is None else min(timeout, left)
