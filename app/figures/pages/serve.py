"""A page for the browsers of this machine alone, at an address that nobody can guess."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

HOST = "127.0.0.1"


@contextmanager
def served(page: str) -> Iterator[str]:
    """The address of a page while the block lasts: on the loopback, behind a token that is new each time.

    Who does not know the token, another person of this machine or another page in the browser, is told that nothing
    is there; so is a name that was made to lead here (DNS rebinding).
    """
    token = secrets.token_urlsafe(24)
    server = _Server(page.encode(), token)
    thread = Thread(target=server.serve_forever, name="page", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/{token}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, page: bytes, token: str) -> None:
        super().__init__((HOST, 0), _Handler)
        self.page = page
        self.token = token


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """The page, at its own address only."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        given = urlsplit(self.path).path.strip("/").encode()
        known = host in (HOST, "localhost") and secrets.compare_digest(given, self.server.token.encode())
        body = self.server.page if known else b"Nothing is here."
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", f"text/{'html' if known else 'plain'}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Addresses hold the token: they are not written down."""
