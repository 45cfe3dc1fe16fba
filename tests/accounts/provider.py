"""A real identity provider on this machine, and a browser's way through it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass(frozen=True)
class RunningProvider:
    """Where the provider is."""

    issuer: str

    def knows(self, subject: str, **claims: Any) -> None:
        """Makes somebody known with what the provider says of it."""
        answer = requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10)
        answer.raise_for_status()

    def confirm(self, address: str, subject: str) -> str:
        """Signs somebody in at the page to which we sent the browser; answers with the way back to us."""
        answer = requests.post(address, data={"sub": subject}, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def deny(self, address: str) -> str:
        """Goes away from that page without signing in."""
        answer = requests.post(address, data={"action": "deny"}, timeout=10, allow_redirects=False)
        return answer.headers["Location"]


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    """Runs oidc-provider-mock as a program of its own on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ) as program:
        try:
            patience = time.monotonic() + 60
            while True:
                try:
                    requests.get(issuer + "/jwks", timeout=5).raise_for_status()
                    break
                except requests.ConnectionError:
                    if program.poll() is not None or time.monotonic() > patience:
                        pytest.fail("the identity provider does not start")
                    time.sleep(0.1)
            yield RunningProvider(issuer)
        finally:
            program.terminate()


def back_to_us(address: str) -> str:
    """The path and query of the way back."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def come_in(client: FlaskClient, provider: RunningProvider, subject: str, onward: str = "") -> TestResponse:
    """Goes through the provider as somebody; the answer is the one of the way back."""
    there = client.get("/sign-in/directory", query_string={"next": onward})
    assert there.status_code == 302, there.text
    return client.get(back_to_us(provider.confirm(there.headers["Location"], subject)))
