import { expect, test } from "vitest";
import { createAuthorizedFetch } from "./authorized-fetch";
import { BrokenStream, chatUrl, createChat } from "./chat";
import { inputOf } from "./chat-types";
import type { ChatEvent, StreamRequest } from "./chat-types";
import {
  begin,
  created,
  cut,
  done,
  json,
  openStream,
  page,
  refuse,
  said,
  serveChat,
  stream,
  threadOf,
  words,
} from "./testing/chat";
import type { ChatTestServer } from "./testing/chat";

const request: StreamRequest = { type: "threads.create", params: { input: inputOf("hello") } };
const never = new AbortController().signal;

function chatAt({ url }: ChatTestServer) {
  const fetchWithToken = createAuthorizedFetch({ getToken: async (rejected) => (rejected ? "new" : "old") });
  return createChat({ url: chatUrl(url, "ada", "Europe/Berlin"), fetch: fetchWithToken });
}

async function eventsOf(server: ChatTestServer): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of chatAt(server).stream(request, never)) events.push(event);
  return events;
}

test("a request carries the token, the time zone and the message", async () => {
  await using server = await serveChat(stream(created()));
  await eventsOf(server);
  const [seen] = server.requests;
  expect([seen?.method, seen?.url]).toEqual(["POST", "/api/v1/ada/chat?tz=Europe%2FBerlin"]);
  expect(seen?.headers).toMatchObject({ authorization: "Bearer old", "content-type": "application/json" });
  expect(server.bodies).toEqual([
    {
      type: "threads.create",
      params: {
        input: {
          content: [{ type: "input_text", text: "hello" }],
          attachments: [],
          quoted_text: null,
          inference_options: {},
        },
      },
    },
  ]);
});

test("events are yielded as they arrive", async () => {
  let sendRest: () => void = () => undefined;
  await using server = await serveChat((response) => {
    begin(response, created());
    sendRest = () => response.end(`data: ${JSON.stringify(done(said("Hi")))}\n\n`);
  });
  const events = chatAt(server).stream(request, never);
  expect((await events.next()).value).toMatchObject({ type: "thread.created", thread: { id: "t1" } });
  sendRest();
  expect((await events.next()).value).toMatchObject({ type: "thread.item.done" });
  expect((await events.next()).done).toBe(true);
});

test("unknown events, items and widgets are skipped", async () => {
  const card = { type: "Card", children: [{ type: "Chart", series: [] }, { type: "Text", value: "kept" }] };
  await using server = await serveChat(
    stream(
      { type: "stream_options", stream_options: { allow_cancel: true } },
      { type: "thread.item.done", item: { id: "x", thread_id: "t1", type: "workflow" } },
      { type: "from.the.future" },
      done({ id: "w", thread_id: "t1", type: "widget", widget: card }),
    ),
  );
  const [event, ...rest] = await eventsOf(server);
  expect(rest).toEqual([]);
  expect(event).toMatchObject({ item: { widget: { children: [{ type: "Text", value: "kept" }] } } });
});

test("after a 401 the request is sent once more with a new token", async () => {
  await using server = await serveChat(refuse(401, "token_expired"), stream(created()));
  expect(await eventsOf(server)).toHaveLength(1);
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
});

test("a refused request throws the problem, with the value of Retry-After", async () => {
  await using server = await serveChat(refuse(503, "chat_busy", { "Retry-After": "2" }));
  await expect(eventsOf(server)).rejects.toMatchObject({ status: 503, code: "chat_busy", retryAfterSeconds: 2 });
});

test("a stream that breaks off throws after the events before it", async () => {
  await using server = await serveChat(cut(created(), ...words("Hel")));
  const events = chatAt(server).stream(request, never);
  expect((await events.next()).value).toMatchObject({ type: "thread.created" });
  const rest = async () => {
    for await (const event of events) expect(event.type).toMatch(/^thread\.item/);
  };
  await expect(rest()).rejects.toBeInstanceOf(BrokenStream);
});

test("aborting ends the request at the service", async () => {
  const controller = new AbortController();
  const { answer, closed } = openStream(created());
  await using server = await serveChat(answer);
  const events = chatAt(server).stream(request, controller.signal);
  await events.next();
  controller.abort();
  await expect(events.next()).rejects.toMatchObject({ name: "AbortError" });
  await closed;
});

test("the items of a conversation are read page by page, and returned oldest first", async () => {
  await using server = await serveChat(
    json({ data: [said("c", "3"), { id: "x", type: "unknown" }], has_more: true, after: "3" }),
    page(said("b", "2"), said("a", "1")),
  );
  expect((await chatAt(server).items("t1")).map(({ id }) => id)).toEqual(["1", "2", "3"]);
  expect(server.bodies.map(({ params }) => params.after)).toEqual([undefined, "3"]);
});

test("conversations are listed, renamed and deleted", async () => {
  await using server = await serveChat(page(threadOf("t2"), threadOf("t1")), json(threadOf("t2")), json({}));
  const chat = chatAt(server);
  expect((await chat.threads()).data.map(({ id }) => id)).toEqual(["t2", "t1"]);
  await chat.rename("t2", "New");
  await chat.remove("t2");
  expect(server.bodies.slice(1)).toEqual([
    { type: "threads.update", params: { thread_id: "t2", title: "New" } },
    { type: "threads.delete", params: { thread_id: "t2" } },
  ]);
});
