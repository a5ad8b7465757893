import type { IncomingMessage, ServerResponse } from "node:http";
import { respond, serve } from "./server";
import type { TestServer } from "./server";

export interface ChatRequest {
  type: string;
  params: Record<string, unknown>;
}

/** The answer to one request: it has the whole response to itself. */
export type ChatAnswer = (response: ServerResponse, request: ChatRequest) => void | Promise<void>;

export interface ChatTestServer extends TestServer {
  /** The bodies of the requests, in their order. */
  bodies: ChatRequest[];
}

/** Serve the chat endpoint: each request gets the next of `answers`. */
export async function serveChat(...answers: ChatAnswer[]): Promise<ChatTestServer> {
  const bodies: ChatRequest[] = [];
  const server = await serve(async (incoming: IncomingMessage, response) => {
    const request = JSON.parse(Buffer.concat(await incoming.toArray()).toString()) as ChatRequest;
    bodies.push(request);
    const answer = answers.shift();
    if (answer) await answer(response, request);
    else respond(response, 500, { code: "unexpected", detail: `no answer for ${request.type}` });
  });
  return Object.assign(server, { bodies });
}

const encode = (event: object) => `data: ${JSON.stringify(event)}\n\n`;

/** Begin a stream and send events. */
export function begin(response: ServerResponse, ...events: object[]): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(events.map(encode).join(""));
}

/** Send events and leave the stream open. `closed` resolves when the client closes it. */
export function openStream(...events: object[]): { answer: ChatAnswer; closed: Promise<void> } {
  let onClose: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  const answer: ChatAnswer = (response) => {
    response.on("close", onClose);
    begin(response, ...events);
  };
  return { answer, closed };
}

/** Send events as a whole stream. */
export function stream(...events: object[]): ChatAnswer {
  return (response) => {
    begin(response, ...events);
    response.end();
  };
}

/** Send events, then lose the connection. */
export function cut(...events: object[]): ChatAnswer {
  return (response) => {
    begin(response, ...events);
    setImmediate(() => response.destroy());
  };
}

/** Respond with JSON. */
export function json(body: object): ChatAnswer {
  return (response) => respond(response, 200, body);
}

/** Respond with a page of items or threads, newest first. */
export function page(...data: object[]): ChatAnswer {
  return json({ data, has_more: false, after: null });
}

export function refuse(status: number, code: string, headers: Record<string, string> = {}): ChatAnswer {
  return (response) => respond(response, status, { code, detail: "Why.", status }, headers);
}

const base = { thread_id: "t1", created_at: "2026-11-25T09:00:00Z" };

export const threadOf = (id = "t1", title = "Title") => ({ id, title, created_at: base.created_at });
export const created = (id = "t1") => ({ type: "thread.created", thread: threadOf(id) });
export const done = (item: object) => ({ type: "thread.item.done", item });
export const asked = (text: string, id = "u1") => ({
  ...base,
  id,
  type: "user_message",
  content: [{ type: "input_text", text }],
});
export const said = (text: string, id = "a1") => ({
  ...base,
  id,
  type: "assistant_message",
  content: [{ type: "output_text", text, annotations: [] }],
});
export const receipt = (text: string, id = "w1") => ({
  ...base,
  id,
  type: "widget",
  copy_text: text,
  widget: {
    type: "Card",
    children: [
      { type: "Text", value: text },
      { type: "Button", label: "Undo", onClickAction: { type: "undo", handler: "server" } },
    ],
  },
});
export const words = (...deltas: string[]) => [
  { type: "thread.item.added", item: { ...said(""), content: [] } },
  updated({ type: "assistant_message.content_part.added", content_index: 0, content: { text: "" } }),
  ...deltas.map((delta) => updated({ type: "assistant_message.content_part.text_delta", content_index: 0, delta })),
];
export const changed = { type: "client_effect", name: "tasks.changed", data: {} };

function updated(update: object) {
  return { type: "thread.item.updated", item_id: "a1", update };
}
