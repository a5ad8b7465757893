"""A chat server written with the official SDK: openai-chatkit and openai-agents on Starlette.

It keeps threads in memory, and verifies no tokens: both would cost it time.
"""

import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from openai import AsyncOpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

set_tracing_disabled(True)
Context = dict[str, Any]
added: list[str] = []


class Memory(Store[Context]):
    """Threads and items in this process."""

    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}
        self.items: dict[str, dict[str, ThreadItem]] = defaultdict(dict)

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        try:
            return self.threads[thread_id]
        except KeyError:
            raise NotFoundError from None

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        self.threads[thread.id] = thread

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        found = list(self.items[thread_id].values())
        return Page(data=found[:limit] if order == "asc" else found[::-1][:limit])

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        return Page(data=list(self.threads.values())[:limit])

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        self.items[thread_id][item.id] = item

    save_item = add_thread_item

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        return self.items[thread_id][item_id]

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        del self.threads[thread_id], self.items[thread_id]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        del self.items[thread_id][item_id]

    async def save_attachment(self, attachment: Any, context: Context) -> None:
        raise NotImplementedError

    async def load_attachment(self, attachment_id: str, context: Context) -> Any:
        raise NotImplementedError

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        raise NotImplementedError


@function_tool(strict_mode=False)
def add_tasks(tasks: list[dict[str, str]]) -> str:
    """Add tasks."""
    added.extend(task["title"] for task in tasks)
    return json.dumps({"added": len(tasks)})


model = OpenAIChatCompletionsModel(
    os.environ["CHAT_MODEL"],
    AsyncOpenAI(base_url=os.environ["CHAT_MODEL_URL"], api_key="none"),
)
agent = Agent(name="tasks", model=model, tools=[add_tasks])


class Server(ChatKitServer[Context]):
    """Lets the agent respond to the last message."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Context
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 40, "asc", context)
        run = Runner.run_streamed(agent, await simple_to_agent_input(page.data))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        async for event in stream_agent_response(agent_context, run):
            yield event


server = Server(Memory())


async def chat(request: Request) -> Response:
    result = await server.process(await request.body(), {})
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(result.json, media_type="application/json")


async def ready(request: Request) -> Response:
    return Response("ok")


app = Starlette(
    routes=[Route("/chat", chat, methods=["POST"]), Route("/openapi.json", ready)],
)
