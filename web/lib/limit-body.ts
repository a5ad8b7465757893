export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * Return the body of `request` as a stream. It fails with `BodyTooLarge` after `limit` bytes, whether or
 * not the request has a Content-Length.
 *
 * A body that is refused or no longer needed is read to its end and discarded: if it stayed unread, Node
 * would close the connection before the client has read the response.
 */
export function limitBody(request: Request, limit: number): ReadableStream<Uint8Array> | null {
  if (!request.body) return null;
  const reader = request.body.getReader();
  let left = Number(request.headers.get("Content-Length") ?? 0) > limit ? 0 : limit;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      left -= value.byteLength;
      if (left >= 0) return controller.enqueue(value);
      controller.error(new BodyTooLarge());
      void discard(reader);
    },
    cancel() {
      void discard(reader);
    },
  });
}

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client has left.
  }
}
