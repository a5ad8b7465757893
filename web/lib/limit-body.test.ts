import { expect, test } from "vitest";
import { BodyTooLarge, limitBody } from "./limit-body";

function request(chunks: string[], headers: Record<string, string> = {}) {
  const sent: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[sent.length];
      if (chunk === undefined) return controller.close();
      sent.push(chunk);
      controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
  const init = { method: "POST", headers, body, duplex: "half" };
  return { request: new Request("http://localhost:3000/", init), sent };
}

const text = (body: ReadableStream<Uint8Array> | null) => new Response(body).text();

test("a body up to the limit is passed on", async () => {
  expect(await text(limitBody(request(["ab", "cd"]).request, 4))).toBe("abcd");
});

test("a request without a body has none", () => {
  expect(limitBody(new Request("http://localhost:3000/"), 4)).toBeNull();
});

test("a body without a length is refused when it exceeds the limit, and read to its end", async () => {
  const { request: large, sent } = request(["ab", "cd", "ef", "gh"]);
  await expect(text(limitBody(large, 3))).rejects.toBeInstanceOf(BodyTooLarge);
  await expect.poll(() => sent).toEqual(["ab", "cd", "ef", "gh"]);
});

test("a body is refused by its Content-Length", async () => {
  const { request: large } = request(["a"], { "Content-Length": "4" });
  await expect(text(limitBody(large, 3))).rejects.toBeInstanceOf(BodyTooLarge);
});

test("the rest of a body that nobody reads is discarded", async () => {
  const { request: unread, sent } = request(["ab", "cd", "ef"]);
  await limitBody(unread, 100)?.cancel();
  await expect.poll(() => sent).toEqual(["ab", "cd", "ef"]);
});
