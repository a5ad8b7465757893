import type { Action, Card, ChatEvent, Item, ListView, Thread, Widget } from "@/lib/chat-types";

export interface Failure {
  title: string;
  advice: string;
  canRetry: boolean;
  /** The device was offline: the request is repeated when it is online again. */
  isOffline: boolean;
}

/** What the panel shows of one conversation. */
export interface Conversation {
  thread: Thread | null;
  items: readonly Item[];
  /** Ids of the assistant's messages whose text is still arriving. */
  growing: readonly string[];
  /** The user's message that the service has not confirmed yet. */
  sending: string | null;
  progress: string | null;
  notice: string | null;
  failure: Failure | null;
}

export const NEW_CONVERSATION: Conversation = {
  thread: null,
  items: [],
  growing: [],
  sending: null,
  progress: null,
  notice: null,
  failure: null,
};

/** Apply an event of the stream. */
export function applyEvent(state: Conversation, event: ChatEvent): Conversation {
  switch (event.type) {
    case "thread.created":
    case "thread.updated":
      return { ...state, thread: event.thread };
    case "thread.item.added":
      return { ...put(state, event.item), growing: [...state.growing, event.item.id], progress: null };
    case "thread.item.done":
    case "thread.item.replaced": {
      const { item } = event;
      const growing = state.growing.filter((id) => id !== item.id);
      const sending = item.type === "user_message" ? null : state.sending;
      const progress = item.type === "user_message" ? state.progress : null;
      return { ...put(state, item), growing, sending, progress };
    }
    case "thread.item.removed":
      return { ...state, items: state.items.filter(({ id }) => id !== event.item_id) };
    case "thread.item.updated": {
      const { item_id, update } = event;
      const change = (parts: readonly string[]) => {
        const texts = [...parts];
        const { content_index: index } = update;
        texts[index] = "delta" in update ? (texts[index] ?? "") + update.delta : update.content.text;
        return Array.from(texts, (text) => text ?? "");
      };
      return { ...state, progress: null, items: state.items.map((item) => withTexts(item, item_id, change)) };
    }
    case "progress_update":
      return { ...state, progress: event.text };
    case "notice":
      return { ...state, notice: event.message };
    case "error": {
      const title = event.message ?? "Something went wrong in the assistant.";
      return { ...state, progress: null, failure: { title, advice: "", canRetry: event.allow_retry, isOffline: false } };
    }
    case "client_effect":
      return state;
  }
}

/** Keep the words that have arrived, and mark the messages in which the user stopped the assistant. */
export function stopGrowing(state: Conversation): Conversation {
  const stop = (parts: readonly string[]) => [[...parts, STOPPED].join("\n\n")];
  const items = state.items.map((item) => (state.growing.includes(item.id) ? withTexts(item, item.id, stop) : item));
  return { ...state, items, growing: [], progress: null };
}

/** The service ends the saved text of a stopped message with the same words. */
const STOPPED = "*Stopped.*";

/** Return the text of a message, or of a widget as words. */
export function textOf(item: Item): string {
  return item.type === "widget" ? (item.copy_text ?? "") : item.content.map(({ text }) => text).join("\n\n");
}

/** Return the items after the item `id`. */
export function itemsAfter(items: readonly Item[], id: string): readonly Item[] {
  return items.slice(items.findIndex((item) => item.id === id) + 1);
}

/**
 * Return whether these items, which follow a message of the user, are its whole answer. An answer with a
 * widget has done or offered something, so it must not be repeated.
 */
export function isAnswer(items: readonly Item[]): boolean {
  const last = items.at(-1);
  if (items.some(({ type }) => type === "widget")) return true;
  return last !== undefined && !textOf(last).endsWith(STOPPED);
}

/** Return the last message with this text that is not one of `before`. */
export function findMessage(items: readonly Item[], text: string, before: ReadonlySet<string>): Item | undefined {
  return items.findLast((item) => item.type === "user_message" && !before.has(item.id) && textOf(item) === text);
}

/** Return whether a click on the item can still request the action. */
export function offersAction(item: Item, { type }: Pick<Action, "type">): boolean {
  return item.type === "widget" && actionsOf(item.widget).some((action) => action.type === type);
}

function actionsOf(widget: Widget | Card | ListView): Action[] {
  const own =
    widget.type === "Card"
      ? [widget.confirm?.action, widget.cancel?.action]
      : ["onClickAction" in widget ? widget.onClickAction : null];
  const inner = "children" in widget ? widget.children.flatMap(actionsOf) : [];
  return [...own.filter((action) => action != null), ...inner];
}

function put(state: Conversation, item: Item): Conversation {
  const isKnown = state.items.some(({ id }) => id === item.id);
  const items = isKnown ? state.items.map((old) => (old.id === item.id ? item : old)) : [...state.items, item];
  return { ...state, items };
}

function withTexts(item: Item, id: string, change: (texts: readonly string[]) => string[]): Item {
  if (item.id !== id || item.type !== "assistant_message") return item;
  const content = change(item.content.map(({ text }) => text)).map((text) => ({ text }));
  return { ...item, content };
}
