"""A real SMTP server for tests, and what can be read in the messages that it took."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from html.parser import HTMLParser

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.ports import free_port


class Post:
    """A mail server that keeps what it takes. `refuse` is its answer to every recipient, or only to `refuse_to`."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.connections: set[object] = set()
        self.refuse = ""
        self.refuse_to = ""
        self.port = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]) -> str:
        if self.refuse or to == self.refuse_to:
            return self.refuse or "550 no such user"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.connections.add(session.peer)
        self.taken.append(email.message_from_bytes(envelope.content, EmailMessage, policy=email.policy.default))
        return "250 OK"


@contextmanager
def post_office(post: Post | None = None) -> Iterator[Post]:
    """A server on a port of its own."""
    post = post or Post()
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()


def body(message: EmailMessage, subtype: str) -> str:
    """The text of one part, "plain" or "html"."""
    part = message.get_body(preferencelist=(subtype,))
    assert part
    return str(part.get_content())


class Html(HTMLParser):
    """What a reader of the HTML gets: words, links, pictures."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.fetched: list[str] = []
        self.language: str | None = ""
        self._hidden = 0
        self.feed(source)

    @property
    def text(self) -> str:
        """With each run of spaces as one."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._hidden += tag == "style"
        if tag == "html":
            self.language = values.get("lang")
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag == "img":
            self.pictures.append(values)
        if tag in {"script", "link", "iframe"} or "src" in values:
            self.fetched.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
