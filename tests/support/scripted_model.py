"""An endpoint of a language model with scripted answers, over real HTTP.

It speaks the chat completions of the OpenAI API, with streaming and tools. A test puts functions
into ``answers``, one per request. Without one, the last message of the user selects the answer:

=====================  ==========================================================================
message                answer
=====================  ==========================================================================
slow 60 0.05           60 words with a pause of 0.05 s after each
add TITLE              calls add_tasks with the title, then says "Added."
add TITLE due DUE      the same with a due date such as 2026-12-24 or 2026-12-24T18:00
complete WORDS         finds the tasks with these words and completes them, then says "Completed."
delete WORDS           finds the tasks with these words and deletes them, then says "Deleted."
list                   finds the active tasks, then says their number
undo                   calls undo, then says "Undone."
loop                   finds tasks again and again
long                   60,000 characters
markdown               an image, a link and HTML
silent                 nothing until the client closes the connection
cut                    three words, then the connection is closed
add TITLE then cut     calls add_tasks with the title, then the connection is closed
fail STATUS            this HTTP status
fail once              500 for the first request with this message, then words
anything else          You said: ...
=====================  ==========================================================================

As a process for browsers and benchmarks: ``python tests/support/scripted_model.py PORT``.
"""

import json
import re
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

CLOSED_WITHIN_SECONDS = 20


class ClientClosed(Exception):
    """The client closed the connection in the middle of an answer."""


class Exchange:
    """One request and its answer. Each method sends something or waits."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        self.body = body
        """The request as JSON."""
        self._handler = handler
        self._has_begun = False

    @property
    def message(self) -> str:
        """The last message of the user, without the text that it quotes."""
        texts = [_text(one["content"]) for one in self.body["messages"] if one["role"] == "user"]
        return texts[-1].rpartition("\n\n")[2] if texts else ""

    @property
    def results(self) -> list[Any]:
        """The results of the tools that were called since the last message of the user."""
        found: list[Any] = []
        for message in self.body["messages"]:
            if message["role"] == "user":
                found = []
            elif message["role"] == "tool":
                found.append(json.loads(message["content"]))
        return found

    def say(self, *words: str) -> None:
        """Send each of ``words`` as a chunk."""
        for word in words:
            self.delta({"content": word})

    def call(self, name: str, arguments: Any, **members: Any) -> None:
        """Send a call of a tool in one chunk; ``members`` replace ``id`` and ``index``."""
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        call = {"index": 0, "id": "call_1", "type": "function", **members}
        self.delta({"tool_calls": [{**call, "function": {"name": name, "arguments": text}}]})

    def delta(self, delta: Any, finish: str | None = None) -> None:
        """Send a chunk with this delta."""
        self.chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def chunk(self, members: dict[str, Any]) -> None:
        """Send a chunk with these members."""
        chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "x"}
        self.data(json.dumps(chunk | members))

    def data(self, text: str) -> None:
        """Send an event with this text."""
        self.write(f"data: {text}\n\n".encode())

    def write(self, data: bytes) -> None:
        """Send bytes as a part of the body; the first ones after the headers of an answer."""
        if not self._has_begun:
            self._has_begun = True
            self._handler.send_response(200)
            self._handler.send_header("Content-Type", "text/event-stream")
            self._handler.send_header("Transfer-Encoding", "chunked")
            self._handler.end_headers()
        self._send(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self, finish: str = "stop") -> None:
        """Send the end of an answer."""
        self.delta({}, finish)
        self.data("[DONE]")
        self.end_of_body()

    def end_of_body(self) -> None:
        """Send the end of the body, so that the connection can be used again."""
        self._send(b"0\r\n\r\n")

    def fail(self, status: int, body: str = "{}", **headers: str) -> None:
        """Answer with a status instead of a stream."""
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(body.encode())))
        self._handler.end_headers()
        self._send(body.encode())

    def cut(self) -> None:
        """Close the connection without an end of the answer."""
        self._handler.close_connection = True
        self._handler.connection.shutdown(socket.SHUT_RDWR)

    def silence(self) -> None:
        """Wait until the client closes the connection."""
        while True:
            self.pause(1)

    def pause(self, seconds: float) -> None:
        """Wait, and raise ``ClientClosed`` when the client closes the connection."""
        connection = self._handler.connection
        readable = select.select([connection], [], [], seconds)[0]
        if readable and not connection.recv(1, socket.MSG_PEEK):
            raise self._closed()

    def wait(self, event: threading.Event) -> None:
        """Wait for an event, and raise ``ClientClosed`` when the client closes the connection."""
        while not event.is_set():
            self.pause(0.01)

    def _send(self, data: bytes) -> None:
        try:
            self._handler.wfile.write(data)
        except OSError:
            raise self._closed() from None

    def _closed(self) -> ClientClosed:
        self._handler.close_connection = True
        return ClientClosed()


Answer = Callable[[Exchange], None]


def says(*words: str) -> Answer:
    """Return an answer of words, each in a chunk."""

    def answer(exchange: Exchange) -> None:
        exchange.say(*words)
        exchange.end()

    return answer


def calls(*tools: tuple[str, Any]) -> Answer:
    """Return an answer that calls tools: pairs of a name and arguments."""

    def answer(exchange: Exchange) -> None:
        for index, (name, arguments) in enumerate(tools):
            exchange.call(name, arguments, index=index, id=f"call_{index}")
        exchange.end("tool_calls")

    return answer


def fails(status: int, **headers: str) -> Answer:
    """Return an answer with this status."""
    return lambda exchange: exchange.fail(status, **headers)


class ScriptedModel:
    """The endpoint; ``url`` is the value for ``CHAT_MODEL_URL``."""

    def __init__(self, port: int = 0) -> None:
        self.answers: list[Answer] = []
        """The answers to the next requests."""
        self.requests: list[dict[str, Any]] = []
        """All requests: ``path``, ``headers`` with names in lower case, and the JSON ``body``."""
        self.failed_once: set[str] = set()
        self._closed = threading.Semaphore(0)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Answer requests until the process is stopped."""
        self._server.serve_forever()

    def wait_for_close(self) -> bool:
        """Wait until a client closed a connection in the middle of an answer."""
        return self._closed.acquire(timeout=CLOSED_WITHIN_SECONDS)

    @property
    def sent(self) -> str:
        """The text of all requests, headers included."""
        return json.dumps(self.requests, ensure_ascii=False)

    def _answer(self, exchange: Exchange) -> None:
        answer = self.answers.pop(0) if self.answers else self._answer_to_message
        try:
            answer(exchange)
        except ClientClosed:
            self._closed.release()

    def _answer_to_message(self, exchange: Exchange) -> None:
        """Answer as the table above says."""
        message = exchange.message
        if message == "fail once" and message not in self.failed_once:
            self.failed_once.add(message)
            exchange.fail(500, x_should_retry="false")
            return
        for pattern, answer in _ANSWERS.items():
            if match := re.fullmatch(pattern, message, re.DOTALL):
                answer(exchange, *match.groups())
                return
        says("You said: ", message)(exchange)

    def _handler(model: "ScriptedModel") -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                Exchange(self, None).fail(200, '{"object": "list", "data": []}')

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                model.requests.append({"path": self.path, "headers": headers, "body": body})
                exchange = Exchange(self, body)
                if self.path == "/v1/chat/completions":
                    model._answer(exchange)
                else:
                    exchange.fail(404)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the client closed the connection

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Log nothing: tests read the requests instead."""

        return Handler


def _text(content: Any) -> str:
    """Return the text of a message, which may be a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _slow(exchange: Exchange, count: str, seconds: str) -> None:
    for number in range(int(count)):
        exchange.say(f"word{number} ")
        exchange.pause(float(seconds))
    exchange.end()


def _then(exchange: Exchange, words: str, *tools: tuple[str, Any]) -> None:
    """Call the first of ``tools`` that was not called yet, and say ``words`` at the end."""
    done = len(exchange.results)
    if done < len(tools):
        name, arguments = tools[done]
        exchange.call(name, arguments, id=f"call_{done}")
        exchange.end("tool_calls")
    else:
        says(words)(exchange)


def _add(exchange: Exchange, title: str, due: str | None) -> None:
    task = {"title": title} | ({"due": due} if due else {})
    _then(exchange, "Added.", ("add_tasks", {"tasks": [task]}))


def _add_then_cut(exchange: Exchange, title: str) -> None:
    if exchange.results:
        exchange.say("Added")
        exchange.cut()
    else:
        _then(exchange, "", ("add_tasks", {"tasks": [{"title": title}]}))


def _found(exchange: Exchange) -> Iterable[Any]:
    return (task["id"] for task in exchange.results[0]["tasks"]) if exchange.results else ()


def _complete(exchange: Exchange, search: str) -> None:
    changes = [{"id": task_id, "completed": True} for task_id in _found(exchange)]
    find = ("find_tasks", {"search": search})
    _then(exchange, "Completed.", find, ("change_tasks", {"changes": changes}))


def _delete(exchange: Exchange, search: str) -> None:
    find = ("find_tasks", {"search": search, "status": "all"})
    _then(exchange, "Deleted.", find, ("delete_tasks", {"ids": list(_found(exchange))}))


def _list(exchange: Exchange) -> None:
    number = exchange.results[0]["total"] if exchange.results else 0
    _then(exchange, f"You have {number} tasks.", ("find_tasks", {}))


def _loop(exchange: Exchange) -> None:
    exchange.call("find_tasks", {})
    exchange.end("tool_calls")


def _cut(exchange: Exchange) -> None:
    exchange.say("One ", "two ", "three ")
    exchange.cut()


_MARKDOWN = "![x](https://evil.example/?q=1) [link](https://evil.example/) <img src=x onerror=x()>"

_ANSWERS: dict[str, Callable[..., None]] = {
    r"slow (\d+) ([\d.]+)": _slow,
    r"add (.+) then cut": _add_then_cut,
    r"add (.+?)(?: due (\S+))?": _add,
    r"complete (.+)": _complete,
    r"delete (.+)": _delete,
    r"list": _list,
    r"undo": lambda exchange: _then(exchange, "Undone.", ("undo", {})),
    r"loop": _loop,
    r"long": says(*["0123456789" * 10] * 600),
    r"markdown": says(_MARKDOWN),
    r"silent": lambda exchange: exchange.silence(),
    r"cut": _cut,
    r"fail (\d+)": lambda exchange, status: exchange.fail(int(status)),
}


if __name__ == "__main__":
    ScriptedModel(int(sys.argv[1])).serve()
