"""The worker of the web server: a request is read whole, within a limit of time, before it takes a thread.

gunicorn starts, watches and replaces the processes; inside each of them waitress reads and writes all connections in one loop
and hands over what is complete. So whoever opens connections and sends nothing, or a head or a body that never ends, occupies
a place in that loop for some seconds and no thread that answers people.
"""

import os
import time
from collections.abc import Iterable
from typing import Any

from gunicorn.workers.base import Worker
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.wasyncore import close_all, loop

from qms.app import MOST_BYTES

HEAD_SECONDS = 20
"""How long the head of a request may take."""
SILENT_SECONDS = 30
"""How long a connection may say nothing: between two requests, or within a body."""
WHOLE_SECONDS = 600
"""How long a request may take to arrive, however busily: a workbook of 40 MB over a slow line does in less."""
MOST_CONNECTIONS = 400
"""For each process; three files each at most, so they stay within what a process may open."""
MOST_BYTES_READ = MOST_BYTES + 8 * 1024 * 1024
"""What is a little too large is read, so that the application can say so on a page of its own; what is more is cut off."""
MOST_HEAD_BYTES = 32 * 1024
LOOK_SECONDS = 1
STOP_SECONDS = 15
"""How long a process that ends waits for answers under way; gunicorn waits a little longer for it."""


class Request(HTTPRequestParser):
    """A request whose end is told once: with two answers to that, a server in front may see another request than this one."""

    def parse_header(self, header_plus: bytes) -> None:
        """Reads the head. Raises ``ParsingError``, which is answered with 400."""
        super().parse_header(header_plus)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length and Transfer-Encoding contradict each other")


class Connection(HTTPChannel):
    """A connection that knows since when its present request is being read."""

    parser_class = Request
    since = 0.0

    def received(self, data: bytes) -> bool:
        """Takes what has come; a new request begins its own time."""
        before = self.request
        taken: bool = super().received(data)
        if self.request is not before:
            self.since = time.monotonic()
        return taken

    def is_too_slow(self, now: float) -> bool:
        """Whether a request has been begun here and takes too long to arrive."""
        reading = self.request
        if reading is None:
            return False
        return now - self.since > (WHOLE_SECONDS if reading.headers_finished else HEAD_SECONDS)

    @property
    def busy(self) -> bool:
        """Whether something is being answered, or an answer is on its way."""
        return bool(self.requests or self.total_outbufs_len)


class WholeRequests(Worker):
    """gunicorn's process around waitress's loop."""

    def run(self) -> None:
        """Reads, hands over and writes until told to stop; then finishes what was begun."""
        sockets: dict[int, Any] = {}
        servers = [self._listen(listener.sock, sockets) for listener in self.sockets]
        looked = 0.0
        while self.alive and self.ppid == os.getppid():
            self.notify()
            loop(timeout=LOOK_SECONDS, use_poll=True, map=sockets, count=1)
            now = time.monotonic()
            if now - looked >= LOOK_SECONDS:
                looked = now
                close_slow(_connections(servers), now)
        self._finish(servers, sockets)

    def _listen(self, listener: Any, sockets: dict[int, Any]) -> Any:
        settings = Adjustments(
            threads=self.cfg.threads,
            connection_limit=MOST_CONNECTIONS,
            channel_timeout=SILENT_SECONDS,
            cleanup_interval=LOOK_SECONDS,
            max_request_header_size=MOST_HEAD_BYTES,
            max_request_body_size=MOST_BYTES_READ,
            clear_untrusted_proxy_headers=False,  # the application knows how many servers stand in front
            log_socket_errors=False,
            ident=None,
        )
        threads = ThreadedTaskDispatcher()
        threads.set_thread_count(self.cfg.threads)
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        server = TcpWSGIServer(
            self.wsgi, sockets, True, listener, dispatcher=threads, adj=settings, sockinfo=where, bind_socket=False
        )
        server.channel_class = Connection
        return server

    def _finish(self, servers: list[Any], sockets: dict[int, Any]) -> None:
        for server in servers:
            server.accepting = False
        patience = time.monotonic() + STOP_SECONDS
        while any(one.busy for one in _connections(servers)) and time.monotonic() < patience:
            self.notify()
            loop(timeout=LOOK_SECONDS, use_poll=True, map=sockets, count=1)
        for server in servers:
            server.task_dispatcher.shutdown(timeout=LOOK_SECONDS)
        close_all(sockets)


def _connections(servers: Iterable[Any]) -> list[Connection]:
    return [connection for server in servers for connection in server.active_channels.values()]


def close_slow(connections: Iterable[Connection], now: float) -> None:
    """Ends the connections whose request takes too long to arrive."""
    for connection in connections:
        if connection.is_too_slow(now):
            connection.will_close = True
