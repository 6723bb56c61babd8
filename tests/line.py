"""The network between a phone and the server, which can be cut: a small relay that the browser goes through.

line.cut()           nothing goes through, as under a mountain
line.mend()          everything goes through
line.lose_answers(n) the next n posts reach the server, which acts on them; their answers never come back
"""

from __future__ import annotations

import contextlib
import socket
import threading
from random import Random
from urllib.parse import urlsplit

PIECE = 65536


class Line:
    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        assert parts.hostname
        assert parts.port
        self.server = (parts.hostname, parts.port)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.whole = True
        self.posts = b"entry_key"  # what a post holds that may be cut
        self.lost_answers = 0
        self.chance: Random | None = None  # with it, posts are cut at random: before, in the middle, or after
        self.cuts: list[str] = []
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def cut(self) -> None:
        self.whole = False
        with self.lock:
            for each in self.open:
                _hang_up(each)

    def mend(self) -> None:
        self.whole = True

    def lose_answers(self, number: int) -> None:
        self.lost_answers = number

    def close(self) -> None:
        self.cut()
        self.listening.close()

    def _listen(self) -> None:
        while True:
            try:
                phone, _address = self.listening.accept()
            except OSError:
                return
            if not self.whole:
                _hang_up(phone)
                continue
            threading.Thread(target=self._relay, args=(phone,), daemon=True).start()

    def _relay(self, phone: socket.socket) -> None:
        """One request and its answer; the connection is then closed, so that each is judged alone."""
        try:
            asked = _whole_message(phone)
            if not asked or not self.whole:
                return _hang_up(phone)
            fate = self._fate(asked)
            if fate == "before":
                return _hang_up(phone)
            with socket.create_connection(self.server, timeout=60) as server:
                with self.lock:
                    self.open |= {phone}
                server.sendall(_closing(asked) if fate != "middle" else _closing(asked)[: len(asked) // 2])
                if fate == "middle":
                    return _hang_up(phone)
                answer = _to_the_end(server)
            if fate == "after":
                return _hang_up(phone)
            phone.sendall(answer)
        except OSError:
            pass
        finally:
            with self.lock:
                self.open -= {phone}
            _hang_up(phone)

    def _fate(self, asked: bytes) -> str:
        if not (asked.startswith(b"POST ") and self.posts in asked):
            return "through"
        if self.lost_answers:
            self.lost_answers -= 1
            self.cuts.append("after")
            return "after"
        if self.chance is not None:
            fate = self.chance.choice(["through", "through", "before", "middle", "after", "after"])
            if fate != "through":
                self.cuts.append(fate)
            return fate
        return "through"


def _whole_message(connection: socket.socket) -> bytes:
    """A request with its body, by its Content-Length; empty when the other side asks nothing."""
    connection.settimeout(60)
    read = b""
    while b"\r\n\r\n" not in read:
        piece = connection.recv(PIECE)
        if not piece:
            return b""
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    pieces, held = [body], len(body)
    while held < length:
        piece = connection.recv(PIECE)
        if not piece:
            return b""
        pieces.append(piece)
        held += len(piece)
    return head + b"\r\n\r\n" + b"".join(pieces)


def _closing(asked: bytes) -> bytes:
    head, _, body = asked.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body


def _to_the_end(server: socket.socket) -> bytes:
    pieces = []
    while piece := server.recv(PIECE):
        pieces.append(piece)
    return b"".join(pieces)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
