import { expect, test } from "vitest";
import { readEvents } from "./sse";

function streamOf(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

async function eventsOf(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const events: string[] = [];
  for await (const event of readEvents(streamOf(...chunks))) events.push(event);
  return events;
}

const STREAM = 'data: {"a": "größe 🎁"}\n\ndata: second\n\n';

test("events end with a blank line", async () => {
  expect(await eventsOf(STREAM)).toEqual(['{"a": "größe 🎁"}', "second"]);
});

test("every way to split the stream into two chunks gives the same events", async () => {
  for (const stream of [STREAM, STREAM.replaceAll("\n", "\r\n"), STREAM.replaceAll("\n", "\r")]) {
    const bytes = new TextEncoder().encode(stream);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await eventsOf(bytes.slice(0, cut), bytes.slice(cut))).toEqual(['{"a": "größe 🎁"}', "second"]);
    }
  }
});

test("the stream may arrive byte by byte", async () => {
  const bytes = [...new TextEncoder().encode(STREAM)].map((byte) => Uint8Array.of(byte));
  expect(await eventsOf(...bytes)).toEqual(['{"a": "größe 🎁"}', "second"]);
});

test.each([
  ["comments", ": ping\n\n: ping\ndata: a\n\n", ["a"]],
  ["other fields", "event: x\nid: 1\nretry: 3\ndata: a\n\nevent: y\n\n", ["a"]],
  ["a byte order mark", "\uFEFFdata: a\n\n", ["a"]],
  ["a value without a space", "data:a\n\ndata:  b\n\n", ["a", " b"]],
  ["several lines of data", "data: a\ndata\ndata: b\n\n", ["a\n\nb"]],
  ["a field whose name begins with data", "dataset: a\n\n", []],
  ["an empty stream", "", []],
  ["an event that the end cuts off", "data: a\n\ndata: b\n", ["a"]],
  ["a line that the end cuts off", "data: a\n\ndata: b", ["a"]],
])("%s", async (_, stream, expected) => {
  expect(await eventsOf(stream)).toEqual(expected);
});

test("a stream that breaks off rejects after the events before it", async () => {
  let sent = false;
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) controller.error(new TypeError("network error"));
      else controller.enqueue(new TextEncoder().encode("data: a\n\n"));
      sent = true;
    },
  });
  const events = readEvents(broken);
  expect((await events.next()).value).toBe("a");
  await expect(events.next()).rejects.toThrow("network error");
});

test("leaving the loop cancels the stream", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const event of readEvents(endless)) {
    expect(event).toBe("a");
    break;
  }
  expect(cancelled).toBe(true);
});
