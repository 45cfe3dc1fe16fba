"""A mail server on this machine that keeps what it takes and misbehaves when told to."""

import asyncio
import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

OK = "250 OK"


class Post:
    """What the server does with a letter. ``data`` and ``recipient`` answer, by default with 250; ``after`` runs last."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipient: Callable[[str], str] = lambda address: OK
        self.data: Callable[[EmailMessage], str] = lambda message: OK
        self.drop_after_taking: Callable[[EmailMessage], bool] = lambda message: False
        self.connections = 0
        self.open: list[asyncio.Transport] = []

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Counts who comes."""
        self.connections += 1
        self.open.append(server.transport)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Takes a recipient or not."""
        answer = self.recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Takes a letter or not; or takes it and dies before it can say so."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        answer = self.data(message)
        if answer.startswith("250"):
            self.taken.append(message)
            if self.drop_after_taking(message):
                assert server.transport is not None
                server.transport.abort()
                await asyncio.sleep(0)
        return answer

    @property
    def message_ids(self) -> list[str]:
        """Message-IDs of everything taken, in order."""
        return [str(message["Message-ID"]) for message in self.taken]


class MailServer:
    """The server itself: it can be killed and come back on the same port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.post = Post()
        self._controller: Controller | None = None
        self._more: dict[str, object] = {}

    def demand_password(self) -> None:
        """From its next start on nobody comes in without a password, and every one is wrong."""
        refuse = AuthResult(success=False, handled=False)
        self._more = {"authenticator": lambda *_: refuse, "auth_required": True, "auth_require_tls": False}

    def start(self) -> None:
        """Listens."""
        self._controller = Controller(self.post, hostname="127.0.0.1", port=self.port, decode_data=False, **self._more)
        self._controller.start()

    def stop(self) -> None:
        """Is gone; connecting is refused."""
        if self._controller is not None:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._controller.loop).result()
            self._controller.stop()
            self._controller = None

    async def _hang_up(self) -> None:
        """Closes what is open, and lets the loop see it closed: aiosmtpd leaves that to the garbage collector."""
        for transport in self.post.open:
            transport.abort()
        self.post.open.clear()
        await asyncio.sleep(0.02)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """The text or the HTML of a letter, decoded."""
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")
