// A carriage return at the end of a chunk may be the first half of a line end.
const LINE_END = /\r\n|\n|\r(?!$)/;

/**
 * Read a `text/event-stream` and yield the data of each event (HTML standard, section 9.2.6). Drops an
 * event that the end of the stream cuts off. Cancels the stream if the caller leaves the loop early.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  try {
    for (let ended = false; !ended; ) {
      const { done, value } = await reader.read();
      ended = done;
      // At the end, a line feed makes a last carriage return a line end.
      const text = rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }));
      const lines = (done && text.endsWith("\r") ? `${text}\n` : text).split(LINE_END);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "" && data.length > 0) {
          yield data.join("\n");
          data = [];
        }
        const field = /^data(?:: ?|$)/.exec(line);
        if (field) data.push(line.slice(field[0].length));
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
