import { z } from "./zod";

/*
 * The part of the ChatKit protocol that the service speaks. Unknown fields are dropped, and unknown
 * widgets, items and events are skipped, so that a newer service does not break an open page.
 */

const MAX_PARTS = 100;

const action = z.object({
  type: z.string(),
  payload: z.record(z.string(), z.unknown()).nullish(),
  handler: z.enum(["client", "server"]).catch("server"),
});

const button = z.object({
  type: z.literal("Button"),
  label: z.string(),
  onClickAction: action,
});

const text = z.object({
  type: z.literal("Text"),
  value: z.string(),
  weight: z.string().nullish(),
  lineThrough: z.boolean().nullish(),
});

const caption = z.object({ type: z.literal("Caption"), value: z.string() });

const box = z.object({
  type: z.enum(["Row", "Col"]),
  justify: z.string().nullish(),
  get children() {
    return widgets;
  },
});

const listItem = z.object({
  type: z.literal("ListViewItem"),
  onClickAction: action.nullish(),
  get children() {
    return widgets;
  },
});

const part: z.ZodType<Widget> = z.lazy(() => z.discriminatedUnion("type", [text, caption, button, box, listItem]));

const widgets = z.array(z.unknown()).transform((all): Widget[] =>
  all.flatMap((one) => {
    const { success, data } = part.safeParse(one);
    return success ? [data] : [];
  }),
);

const answer = z.object({ label: z.string(), action });

const card = z.object({
  type: z.literal("Card"),
  children: widgets,
  confirm: answer.nullish(),
  cancel: answer.nullish(),
});

const listView = z.object({ type: z.literal("ListView"), children: widgets });

const message = z.object({ id: z.string(), thread_id: z.string() });

const item = z.discriminatedUnion("type", [
  message.extend({
    type: z.literal("user_message"),
    content: z.array(z.object({ text: z.string() })),
  }),
  message.extend({
    type: z.literal("assistant_message"),
    content: z.array(z.object({ text: z.string() })),
  }),
  message.extend({
    type: z.literal("widget"),
    widget: z.discriminatedUnion("type", [card, listView]),
    copy_text: z.string().nullish(),
  }),
]);

const items = z.array(z.unknown()).transform((all): Item[] =>
  all.flatMap((one) => {
    const { success, data } = item.safeParse(one);
    return success ? [data] : [];
  }),
);

const thread = z.object({ id: z.string(), title: z.string().nullish(), created_at: z.string() });

const content = z.object({ text: z.string() });

const update = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("assistant_message.content_part.added"),
    content_index: z.int().min(0).max(MAX_PARTS),
    content,
  }),
  z.object({
    type: z.literal("assistant_message.content_part.text_delta"),
    content_index: z.int().min(0).max(MAX_PARTS),
    delta: z.string(),
  }),
  z.object({
    type: z.literal("assistant_message.content_part.done"),
    content_index: z.int().min(0).max(MAX_PARTS),
    content,
  }),
]);

export const chatEvent = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["thread.created", "thread.updated"]), thread }),
  z.object({ type: z.enum(["thread.item.added", "thread.item.done", "thread.item.replaced"]), item }),
  z.object({ type: z.literal("thread.item.removed"), item_id: z.string() }),
  z.object({ type: z.literal("thread.item.updated"), item_id: z.string(), update }),
  z.object({ type: z.literal("progress_update"), text: z.string() }),
  z.object({ type: z.literal("client_effect"), name: z.string() }),
  z.object({ type: z.literal("notice"), level: z.string(), message: z.string() }),
  z.object({
    type: z.literal("error"),
    message: z.string().nullish(),
    allow_retry: z.boolean().catch(false),
  }),
]);

function pageOf<T extends z.ZodType>(data: T) {
  return z.object({ data, has_more: z.boolean().catch(false), after: z.string().nullish() });
}

export const threadPage = pageOf(z.array(thread));
export const itemPage = pageOf(items);

export type Action = z.output<typeof action>;
export type Widget =
  | z.output<typeof text>
  | z.output<typeof caption>
  | z.output<typeof button>
  | { type: "Row" | "Col"; justify?: string | null | undefined; children: Widget[] }
  | { type: "ListViewItem"; onClickAction?: Action | null | undefined; children: Widget[] };
export type Card = z.output<typeof card>;
export type ListView = z.output<typeof listView>;
export type Item = z.output<typeof item>;
export type Thread = z.output<typeof thread>;
export type ChatEvent = z.output<typeof chatEvent>;
export type Page<T> = { data: T[]; has_more: boolean; after?: string | null | undefined };

interface Input {
  content: { type: "input_text"; text: string }[];
  attachments: [];
  quoted_text: null;
  inference_options: Record<string, never>;
}

/** Return a message of the user, as the protocol has it. */
export function inputOf(text: string): Input {
  return { content: [{ type: "input_text", text }], attachments: [], quoted_text: null, inference_options: {} };
}

/** A request whose response is a stream of events. */
export type StreamRequest =
  | { type: "threads.create"; params: { input: Input } }
  | { type: "threads.add_user_message"; params: { thread_id: string; input: Input } }
  | { type: "threads.retry_after_item"; params: { thread_id: string; item_id: string } }
  | {
      type: "threads.custom_action";
      params: { thread_id: string; item_id: string; action: Pick<Action, "type" | "payload"> };
    };

interface PageParams {
  limit?: number;
  order?: "asc" | "desc";
  after?: string;
}

/** A request whose response is JSON. */
export type JsonRequest =
  | { type: "threads.list"; params: PageParams }
  | { type: "items.list"; params: PageParams & { thread_id: string } }
  | { type: "threads.update"; params: { thread_id: string; title: string } }
  | { type: "threads.delete"; params: { thread_id: string } };
