import { BrokenStream } from "@/lib/chat";
import type { Chat } from "@/lib/chat";
import { inputOf } from "@/lib/chat-types";
import type { Action, ChatEvent, Item, StreamRequest, Thread } from "@/lib/chat-types";
import { describeError } from "@/lib/describe-error";
import { ApiError, SignedOut, Unreachable } from "@/lib/errors";
import {
  NEW_CONVERSATION,
  applyEvent,
  findMessage,
  isAnswer,
  itemsAfter,
  offersAction,
  stopGrowing,
  textOf,
} from "../model/conversation";
import type { Conversation } from "../model/conversation";
import { plainText } from "../model/markdown";
import { joined } from "../model/saved";
import type { Saved } from "../model/saved";

const BUSY_CODES = ["chat_busy", "chat_limit"];
const BUSY_SECONDS = 2;

/** What the assistant is doing. `busy`: the service has no free stream, and the request is repeated. */
export type Activity = "idle" | "loading" | "busy" | "answering";

export interface State extends Conversation {
  draft: string;
  activity: Activity;
  /** The words of the last answer, for screen readers. Empty until the answer is complete. */
  said: string;
}

/** What a failed request was for. */
type Attempt =
  | { kind: "open"; thread: Pick<Thread, "id"> }
  | { kind: "act"; itemId: string; action: Action }
  | {
      kind: "say";
      text: string;
      /** The id of the user's message, if the service has confirmed it. */
      itemId: string | null;
      /** The ids of the items before the message. */
      before: ReadonlySet<string>;
      /** The service sent an error event: the answer is not complete. */
      isRefused: boolean;
    };

interface Options {
  chat: Chat;
  saved: Saved;
  onSave: (saved: Saved) => void;
  onTasksChanged: () => void;
  /** Called when the conversation has changed and the assistant is idle again. */
  onTurnEnd: () => void;
  onSignedOut: (error: SignedOut) => void;
  /** Wait some seconds. Rejects if the signal aborts. */
  wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

export type ConversationStore = ReturnType<typeof createConversation>;

/** Create the store of one panel: a conversation, the draft of the next message, and what can be done with them. */
export function createConversation({ chat, saved, onSave, onTasksChanged, onTurnEnd, onSignedOut, wait = sleep }: Options) {
  // A message that was not confirmed before a reload may have been lost, so it becomes part of the draft.
  let state: State = { ...NEW_CONVERSATION, draft: joined(saved.unsent, saved.draft), activity: "idle", said: "" };
  let running = new AbortController();
  let attempt: Attempt | null = null;
  /** The ids of the conversations that existed before this panel created one. Null: not known. */
  let known: Set<string> | null = null;
  const listeners = new Set<() => void>();

  function update(change: Partial<State>): void {
    state = { ...state, ...change };
    onSave({ draft: state.draft, unsent: state.sending ?? "", thread: state.thread?.id ?? null });
    listeners.forEach((listener) => listener());
  }

  /** Run `work` unless something else is running. Its errors become the failure that the panel shows. */
  async function run(activity: Activity, next: Attempt, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (state.activity !== "idle") return;
    running = new AbortController();
    const { signal } = running;
    attempt = next;
    update({ activity, failure: null, notice: null, progress: null, said: "" });
    try {
      await work(signal);
    } catch (error) {
      if (signal !== running.signal) return; // another conversation is open now
      if (signal.aborted) onStopped(next);
      else onError(next, error);
    } finally {
      if (signal === running.signal) update({ activity: "idle", progress: null, growing: [] });
      if (next.kind !== "open") onTurnEnd();
    }
  }

  function onError(failed: Attempt, error: unknown): void {
    if (error instanceof BrokenStream) onTasksChanged(); // the change may have been saved all the same
    returnToDraft();
    const isDeleted = error instanceof ApiError && error.status === 404;
    const isFinal = error instanceof ApiError && error.status < 500 && error.status !== 429;
    const { title, advice } = isDeleted
      ? { title: "This conversation was deleted", advice: "Start a new conversation." }
      : describe(error);
    const isOffline = error instanceof Unreachable && typeof navigator !== "undefined" && !navigator.onLine;
    update({ failure: { title, advice, canRetry: !isFinal, isOffline } });
    if (isFinal) attempt = null;
    if (isDeleted && failed.kind === "open") update({ thread: null });
    if (error instanceof SignedOut) onSignedOut(error);
  }

  function onStopped({ kind }: Attempt): void {
    const isAnswered = state.growing.length > 0;
    if (state.activity === "answering") onTasksChanged();
    update(stopGrowing(state));
    if (returnToDraft() || kind !== "say") return;
    if (!isAnswered) update({ notice: "Stopped." });
  }

  /** Put the unconfirmed message back into the draft. Returns whether there was one. */
  function returnToDraft(): boolean {
    if (state.sending === null) return false;
    update({ draft: joined(state.sending, state.draft), sending: null });
    return true;
  }

  /** Send a request and apply its events. While the service is busy, send the request again. */
  async function exchange(request: StreamRequest, signal: AbortSignal): Promise<void> {
    const answer = new Set<string>();
    let isAnswered = false;
    for (;;) {
      try {
        for await (const event of chat.stream(request, signal)) {
          signal.throwIfAborted(); // events that arrived before the abort may still be in the buffer
          isAnswered ||= isResult(event);
          if ("item" in event && event.item.type !== "user_message") answer.add(event.item.id);
          apply(event);
        }
        break;
      } catch (error) {
        if (!(error instanceof ApiError) || !BUSY_CODES.includes(error.code)) throw error;
        update({ activity: "busy" });
        await wait(error.retryAfterSeconds ?? BUSY_SECONDS, signal);
        update({ activity: "answering" });
      }
    }
    if (!isAnswered || state.growing.length > 0) throw new BrokenStream(null);
    update({ said: wordsOf(state.items.filter(({ id }) => answer.has(id))) });
  }

  function apply(event: ChatEvent): void {
    if (event.type === "thread.created") known?.add(event.thread.id);
    if (event.type === "client_effect" && event.name === "tasks.changed") onTasksChanged();
    if (attempt?.kind === "say") {
      if ("item" in event && event.item.type === "user_message") attempt.itemId = event.item.id;
      if (event.type === "error") attempt.isRefused = true;
    }
    update(applyEvent(state, event));
    if (event.type === "error") update({ growing: [] });
  }

  function send(text: string): void {
    const before = new Set(state.items.map(({ id }) => id));
    update({ draft: "", sending: text });
    const next: Attempt = { kind: "say", text, itemId: null, before, isRefused: false };
    void run("answering", next, (signal) => exchange(messageRequest(text), signal));
  }

  function messageRequest(text: string): StreamRequest {
    const input = inputOf(text);
    return state.thread
      ? { type: "threads.add_user_message", params: { thread_id: state.thread.id, input } }
      : { type: "threads.create", params: { input } };
  }

  /** Look what has arrived of a message, and request only the rest. */
  async function sendRest(message: Attempt & { kind: "say" }, signal: AbortSignal): Promise<void> {
    const { thread, items } = await findThread(message.text, signal);
    const found = message.itemId
      ? items.find(({ id }) => id === message.itemId)
      : findMessage(items, message.text, message.before);
    update({ thread, items });
    if (!thread || !found) return exchange(messageRequest(message.text), signal);
    message.itemId = found.id;
    update({ sending: null });
    onTasksChanged();
    const answer = itemsAfter(items, found.id);
    if (answer.some(({ type }) => type === "widget") || (!message.isRefused && isAnswer(answer))) return;
    update({ items: items.slice(0, items.indexOf(found) + 1) });
    message.isRefused = false;
    await exchange({ type: "threads.retry_after_item", params: { thread_id: thread.id, item_id: found.id } }, signal);
  }

  /** Return the open conversation, or the one that a lost response may have created for this text. */
  async function findThread(text: string, signal: AbortSignal): Promise<Pick<State, "thread" | "items">> {
    if (state.thread) return { thread: state.thread, items: await chat.items(state.thread.id, signal) };
    const threads = known ? (await chat.threads(undefined, signal)).data : [];
    for (const thread of threads.filter(({ id }) => !known?.has(id))) {
      const items = await chat.items(thread.id, signal);
      if (findMessage(items, text, new Set())) return { thread, items };
    }
    return { thread: null, items: [] };
  }

  async function actAgain({ itemId, action }: Attempt & { kind: "act" }, signal: AbortSignal): Promise<void> {
    if (!state.thread) return;
    const items = await chat.items(state.thread.id, signal);
    update({ items });
    onTasksChanged();
    const item = items.find(({ id }) => id === itemId);
    if (item && offersAction(item, action)) await exchange(actionRequest(state.thread, itemId, action), signal);
  }

  async function load(thread: Pick<Thread, "id">, signal: AbortSignal): Promise<void> {
    update({ items: await chat.items(thread.id, signal) });
  }

  function reset(thread: Thread | null): void {
    running.abort();
    running = new AbortController();
    attempt = null;
    returnToDraft();
    update({ ...NEW_CONVERSATION, thread, activity: "idle", said: "" });
  }

  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    getState: (): State => state,

    /** Remember which conversations exist, so that a retry recognises a conversation that it created. */
    setKnown(ids: readonly string[]): void {
      known = new Set([...(known ?? []), ...ids]);
    },

    setDraft(draft: string): void {
      update({ draft });
    },

    /** Send a message. A no-op while the assistant answers, and for a text without words. */
    say(text: string): void {
      const words = text.trim();
      if (words === "" || state.activity !== "idle") return;
      const failed = attempt;
      // The text of an unconfirmed message is the same message, which may have arrived all the same.
      if (failed?.kind === "say" && !failed.itemId && failed.text === words) {
        update({ draft: state.draft.trim() === words ? "" : state.draft, sending: words });
        void run("answering", failed, (signal) => sendRest(failed, signal));
      } else {
        send(words);
      }
    },

    /** Request an action of a card. */
    act(itemId: string, action: Action): void {
      const { thread } = state;
      if (!thread) return;
      void run("answering", { kind: "act", itemId, action }, (signal) =>
        exchange(actionRequest(thread, itemId, action), signal),
      );
    },

    /** Do what has failed once more. */
    retry(): void {
      const failed = attempt;
      if (!failed || state.activity !== "idle") return;
      if (failed.kind === "open") void run("loading", failed, (signal) => load(failed.thread, signal));
      else if (failed.kind === "act") void run("answering", failed, (signal) => actAgain(failed, signal));
      else if (failed.itemId) void run("answering", failed, (signal) => sendRest(failed, signal));
      else this.say(state.draft.trim() || failed.text);
    },

    stop(): void {
      running.abort(new DOMException("The user stopped the assistant.", "AbortError"));
    },

    open(thread: Thread): void {
      reset(thread);
      void run("loading", { kind: "open", thread }, (signal) => load(thread, signal));
    },

    startNew: (): void => reset(null),

    /** Show the new title of the open conversation. */
    setTitle(title: string): void {
      if (state.thread) update({ thread: { ...state.thread, title } });
    },
  };
}

function actionRequest(thread: Thread, item_id: string, { type, payload }: Action): StreamRequest {
  const action = payload ? { type, payload } : { type };
  return { type: "threads.custom_action", params: { thread_id: thread.id, item_id, action } };
}

function wordsOf(items: readonly Item[]): string {
  return items.map((item) => (item.type === "widget" ? textOf(item) : plainText(textOf(item)))).join("\n");
}

function isResult(event: ChatEvent): boolean {
  if (event.type === "thread.item.done") return event.item.type !== "user_message";
  return ["thread.item.replaced", "notice", "error"].includes(event.type);
}

function describe(error: unknown): { title: string; advice: string } {
  if (!(error instanceof BrokenStream)) return describeError(error);
  return { title: "The answer broke off", advice: "The connection to the assistant was lost." };
}

function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
