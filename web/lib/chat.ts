import { chatEvent, itemPage, threadPage } from "./chat-types";
import type { ChatEvent, Item, JsonRequest, Page, StreamRequest, Thread } from "./chat-types";
import { ServiceError } from "./errors";
import { okOrThrow } from "./problem";
import { readEvents } from "./sse";

const PAGE_SIZE = 100;
const MAX_PAGES = 5;

/** Thrown if the stream of events ends with an error of the connection. */
export class BrokenStream extends ServiceError {
  override readonly name = "BrokenStream";

  constructor(cause: unknown) {
    super("The connection was lost during the answer.", { cause });
  }
}

export type Chat = ReturnType<typeof createChat>;

export interface ChatOptions {
  /** The absolute URL of the endpoint, from `chatUrl`. */
  url: string;
  /** A `fetch` that sends the token, from `createAuthorizedFetch`. */
  fetch: typeof fetch;
}

/** Return the URL of a user's chat endpoint. Days are those of the time zone `tz`. */
export function chatUrl(baseUrl: string, uuid: string, tz: string): string {
  return `${baseUrl}/api/v1/${uuid}/chat?${new URLSearchParams({ tz }).toString()}`;
}

/**
 * Create the client for the chat endpoint, which speaks the ChatKit protocol. Calls throw the errors of
 * `lib/errors.ts`; a stream can also throw `BrokenStream`. An aborted call rejects with the abort reason.
 */
export function createChat({ url, fetch: fetchWithToken }: ChatOptions) {
  async function send(request: StreamRequest | JsonRequest, signal?: AbortSignal): Promise<Response> {
    const response = await fetchWithToken(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
      signal: signal ?? null,
    });
    return okOrThrow(response);
  }

  return {
    /** Send a request, and yield the events of its response. Events of unknown types are skipped. */
    async *stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
      const { body } = await send(request, signal);
      if (!body) return;
      try {
        for await (const text of readEvents(body)) {
          const event = chatEvent.safeParse(JSON.parse(text));
          if (event.success) yield event.data;
        }
      } catch (error) {
        signal.throwIfAborted();
        throw new BrokenStream(error);
      }
    },

    /** Return one page of the user's conversations, last used first. */
    async threads(after?: string, signal?: AbortSignal): Promise<Page<Thread>> {
      const params = { limit: 20, order: "desc" as const, ...(after && { after }) };
      return threadPage.parse(await (await send({ type: "threads.list", params }, signal)).json());
    },

    /** Return the last items of a conversation, oldest first: at most `MAX_PAGES` pages. */
    async items(thread_id: string, signal?: AbortSignal): Promise<Item[]> {
      const found: Item[] = [];
      let after: string | null | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const params = { thread_id, limit: PAGE_SIZE, order: "desc" as const, ...(after && { after }) };
        const page = itemPage.parse(await (await send({ type: "items.list", params }, signal)).json());
        found.push(...page.data);
        after = page.after;
        if (!page.has_more || !after) break;
      }
      return found.toReversed();
    },

    async rename(thread_id: string, title: string): Promise<void> {
      await send({ type: "threads.update", params: { thread_id, title } });
    },

    async remove(thread_id: string): Promise<void> {
      await send({ type: "threads.delete", params: { thread_id } });
    },
  };
}
