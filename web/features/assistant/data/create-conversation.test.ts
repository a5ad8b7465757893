import { expect, test, vi } from "vitest";
import { createAuthorizedFetch } from "@/lib/authorized-fetch";
import { chatUrl, createChat } from "@/lib/chat";
import { SignedOut } from "@/lib/errors";
import {
  asked,
  begin,
  changed,
  created,
  cut,
  done,
  openStream,
  page,
  receipt,
  refuse,
  said,
  serveChat,
  stream,
  threadOf,
  words,
} from "@/lib/testing/chat";
import type { ChatTestServer } from "@/lib/testing/chat";
import type { TokenSource } from "@/lib/token";
import { textOf } from "../model/conversation";
import type { Saved } from "../model/saved";
import { createConversation } from "./create-conversation";
import type { ConversationStore } from "./create-conversation";

const undo = { type: "undo", handler: "server" } as const;
const failure = { type: "error", code: "custom", message: "The model broke off.", allow_retry: true };

function conversationAt({ url }: Pick<ChatTestServer, "url">, saved: Partial<Saved> = {}, getToken?: TokenSource) {
  const calls = {
    onTasksChanged: vi.fn(),
    onTurnEnd: vi.fn(),
    onSignedOut: vi.fn(),
    onSave: vi.fn<(saved: Saved) => void>(),
    wait: vi.fn<(seconds: number, signal: AbortSignal) => Promise<void>>(async () => undefined),
  };
  const fetchWithToken = createAuthorizedFetch({ getToken: getToken ?? (async () => "token") });
  const chat = createChat({ url: chatUrl(url, "ada", "UTC"), fetch: fetchWithToken });
  const store = createConversation({ chat, saved: { draft: "", unsent: "", thread: null, ...saved }, ...calls });
  return { store, ...calls };
}

/** Return when the state fulfils the condition. */
function until(store: ConversationStore, holds: (state: ReturnType<ConversationStore["getState"]>) => boolean) {
  return new Promise<void>((resolve) => {
    const unsubscribe = store.subscribe(check);
    function check() {
      if (!holds(store.getState())) return;
      unsubscribe();
      resolve();
    }
    check();
  });
}

const idle = (store: ConversationStore) => until(store, ({ activity }) => activity === "idle");
const texts = (store: ConversationStore) => store.getState().items.map(textOf);
const types = ({ bodies }: ChatTestServer) => bodies.map(({ type }) => type);

test("the first message creates a conversation, and the next one is added to it", async () => {
  await using server = await serveChat(
    stream(created(), done(asked("hi")), done(said("Hello")), done(receipt("1 task added")), changed),
    stream(done(asked("bye", "u2")), done(said("Bye", "a2"))),
  );
  const { store, onTasksChanged, onTurnEnd } = conversationAt(server);
  store.say("  hi ");
  expect(store.getState()).toMatchObject({ sending: "hi", activity: "answering" });
  await idle(store);
  expect(texts(store)).toEqual(["hi", "Hello", "1 task added"]);
  expect(store.getState()).toMatchObject({ sending: null, failure: null, said: "Hello\n1 task added" });
  expect(onTasksChanged).toHaveBeenCalledOnce();
  store.say("bye");
  await idle(store);
  expect(texts(store)).toEqual(["hi", "Hello", "1 task added", "bye", "Bye"]);
  expect(types(server)).toEqual(["threads.create", "threads.add_user_message"]);
  expect(onTurnEnd).toHaveBeenCalledTimes(2);
});

test("words grow, and screen readers get the whole answer at its end", async () => {
  await using server = await serveChat((response) => {
    begin(response, created(), done(asked("hi")), ...words("Hello ", "**big** "));
    setTimeout(() => response.end(`data: ${JSON.stringify(done(said("Hello **big** world")))}\n\n`));
  });
  const { store } = conversationAt(server);
  store.say("hi");
  await until(store, () => texts(store)[1] === "Hello **big** ");
  expect(store.getState()).toMatchObject({ growing: ["a1"], said: "" });
  await idle(store);
  expect(store.getState()).toMatchObject({ growing: [], said: "Hello big world" });
});

test("progress is shown until the answer begins", async () => {
  const seen: (string | null)[] = [];
  await using server = await serveChat(
    stream(created(), done(asked("hi")), { type: "progress_update", text: "Looking…" }, ...words("Hi"), done(said("Hi"))),
  );
  const { store } = conversationAt(server);
  store.subscribe(() => seen.push(store.getState().progress));
  store.say("hi");
  await idle(store);
  expect(new Set(seen)).toEqual(new Set([null, "Looking…"]));
  expect(store.getState().progress).toBeNull();
});

test.each([
  [503, "chat_busy"],
  [429, "chat_limit"],
])("a %d %s is repeated after Retry-After", async (status, code) => {
  await using server = await serveChat(
    refuse(status, code, { "Retry-After": "2" }),
    refuse(status, code, { "Retry-After": "7" }),
    stream(created(), done(asked("hi")), done(said("Hello"))),
  );
  const { store, wait } = conversationAt(server);
  const activities = new Set<string>();
  store.subscribe(() => activities.add(store.getState().activity));
  store.say("hi");
  await until(store, ({ said }) => said !== "");
  expect(wait.mock.calls.map(([seconds]) => seconds)).toEqual([2, 7]);
  expect(activities).toContain("busy");
  expect(texts(store)).toEqual(["hi", "Hello"]);
});

test("stopping while the service is busy returns the message to the draft", async () => {
  await using server = await serveChat(refuse(503, "chat_busy"));
  const { store, wait } = conversationAt(server);
  wait.mockImplementation((_, signal) => new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  }));
  store.say("hi");
  await until(store, ({ activity }) => activity === "busy");
  store.stop();
  await idle(store);
  expect(store.getState()).toMatchObject({ draft: "hi", sending: null, failure: null });
});

test("stopping closes the connection and keeps the words", async () => {
  const { answer, closed } = openStream(created(), done(asked("hi")), ...words("Hello "));
  await using server = await serveChat(answer);
  const { store } = conversationAt(server);
  store.say("hi");
  await until(store, () => texts(store)[1] === "Hello ");
  store.stop();
  await idle(store);
  await closed;
  expect(texts(store)).toEqual(["hi", "Hello \n\n*Stopped.*"]);
  expect(store.getState().failure).toBeNull();
});

test("an error in the stream offers a retry, which replaces the answer", async () => {
  await using server = await serveChat(
    stream(created(), done(asked("hi")), ...words("Hel"), done(said("Hel")), failure),
    page(said("Hel"), asked("hi")),
    stream(done(said("Hello", "a2"))),
  );
  const { store } = conversationAt(server);
  store.say("hi");
  await idle(store);
  expect(store.getState().failure).toMatchObject({ title: "The model broke off.", canRetry: true });
  store.retry();
  await until(store, ({ said }) => said !== "");
  expect(texts(store)).toEqual(["hi", "Hello"]);
  expect(types(server)).toEqual(["threads.create", "items.list", "threads.retry_after_item"]);
  expect(server.bodies[2]?.params).toEqual({ thread_id: "t1", item_id: "u1" });
});

test("an error without a retry offers none", async () => {
  await using server = await serveChat(stream(created(), done(asked("hi")), { ...failure, allow_retry: false }));
  const { store } = conversationAt(server);
  store.say("hi");
  await idle(store);
  expect(store.getState().failure?.canRetry).toBe(false);
});

test("an answer that arrived behind a broken connection is shown, not repeated", async () => {
  await using server = await serveChat(
    cut(created(), done(asked("add milk"))),
    page(receipt("1 task added"), said("Added milk."), asked("add milk")),
  );
  const { store, onTasksChanged } = conversationAt(server);
  store.say("add milk");
  await idle(store);
  expect(store.getState().failure).toMatchObject({ title: "The answer broke off", canRetry: true });
  expect(onTasksChanged).toHaveBeenCalledOnce(); // the task may have been added
  store.retry();
  await idle(store);
  expect(texts(store)).toEqual(["add milk", "Added milk.", "1 task added"]);
  expect(store.getState().failure).toBeNull();
  expect(types(server)).toEqual(["threads.create", "items.list"]);
});

test.each([
  ["no answer", [asked("hi")]],
  ["a part of an answer", [said("Hel\n\n*Stopped.*"), asked("hi")]],
])("after a broken connection, %s is requested again", async (_, arrived) => {
  await using server = await serveChat(
    cut(created(), done(asked("hi"))),
    page(...arrived),
    stream(done(said("Hello", "a2"))),
  );
  const { store } = conversationAt(server);
  store.say("hi");
  await idle(store);
  store.retry();
  await until(store, ({ said }) => said !== "");
  expect(texts(store)).toEqual(["hi", "Hello"]);
});

test("a message that never arrived is sent again, and the draft holds it meanwhile", async () => {
  await using server = await serveChat(
    (response) => void response.destroy(),
    page(threadOf("old")),
    stream(created(), done(asked("hi")), done(said("Hello"))),
  );
  const { store, onSave } = conversationAt(server);
  store.setKnown(["old"]);
  store.setDraft("hi");
  store.say("hi");
  expect(onSave).toHaveBeenLastCalledWith({ draft: "", unsent: "hi", thread: null });
  await idle(store);
  expect(store.getState()).toMatchObject({ draft: "hi", sending: null, failure: { canRetry: true } });
  store.retry();
  await until(store, ({ said }) => said !== "");
  expect(store.getState()).toMatchObject({ draft: "", failure: null });
  expect(types(server)).toEqual(["threads.create", "threads.list", "threads.create"]);
});

test("a conversation that a lost response created is found, and the message is not repeated", async () => {
  await using server = await serveChat(
    (response) => void response.destroy(),
    page(threadOf("t1"), threadOf("old")),
    page(receipt("1 task added"), asked("add milk")),
  );
  const { store } = conversationAt(server);
  store.setKnown(["old"]);
  store.say("add milk");
  await idle(store);
  store.say("add milk"); // pressing Enter again is a retry too
  await idle(store);
  expect(texts(store)).toEqual(["add milk", "1 task added"]);
  expect(store.getState()).toMatchObject({ draft: "", thread: { id: "t1" } });
  expect(types(server)).toEqual(["threads.create", "threads.list", "items.list"]);
});

test("a message that was lost on the way to an open conversation is found by its text", async () => {
  await using server = await serveChat(
    stream(created(), done(asked("hi")), done(said("Hello"))),
    (response) => void response.destroy(),
    page(said("Hello again", "a2"), asked("hi", "u2"), said("Hello"), asked("hi")),
  );
  const { store } = conversationAt(server);
  store.say("hi");
  await idle(store);
  store.say("hi");
  await idle(store);
  store.retry();
  await idle(store);
  expect(texts(store)).toEqual(["hi", "Hello", "hi", "Hello again"]);
});

test("a message that the service refuses returns to the draft", async () => {
  await using server = await serveChat(refuse(422, "validation_failed"), stream(created(), done(asked("x")), done(said("y"))));
  const { store } = conversationAt(server);
  store.say("hi");
  await idle(store);
  expect(store.getState()).toMatchObject({ draft: "hi", failure: { canRetry: false, advice: "Why." } });
  store.say("hi");
  await until(store, ({ said }) => said !== "");
  expect(types(server)).toEqual(["threads.create", "threads.create"]);
});

test("a deleted conversation is named, and the message returns to the draft", async () => {
  await using server = await serveChat(
    stream(created(), done(asked("hi")), done(said("Hello"))),
    refuse(404, "not_found"),
  );
  const { store } = conversationAt(server);
  store.say("hi");
  await idle(store);
  store.say("more");
  await idle(store);
  expect(store.getState()).toMatchObject({ draft: "more", failure: { title: "This conversation was deleted" } });
  store.startNew();
  expect(store.getState()).toMatchObject({ draft: "more", failure: null, thread: null, items: [] });
});

test("a message of a signed-out user stays in the draft", async () => {
  const signedOut: TokenSource = () => Promise.reject(new SignedOut());
  const { store, onSignedOut, onSave } = conversationAt({ url: "http://127.0.0.1:1" }, {}, signedOut);
  store.say("hi");
  await idle(store);
  expect(onSignedOut).toHaveBeenCalledOnce();
  expect(onSave).toHaveBeenLastCalledWith({ draft: "hi", unsent: "", thread: null });
});

test("an action replaces its card", async () => {
  const undone = { ...receipt("1 task added · undone"), widget: { type: "Card", children: [] } };
  await using server = await serveChat(
    stream(created(), done(asked("add milk")), done(receipt("1 task added"))),
    stream({ type: "thread.item.replaced", item: undone }, changed),
  );
  const { store, onTasksChanged } = conversationAt(server);
  store.say("add milk");
  await idle(store);
  store.act("w1", undo);
  store.act("w1", undo); // a double click
  await idle(store);
  expect(texts(store)).toEqual(["add milk", "1 task added · undone"]);
  expect(onTasksChanged).toHaveBeenCalledOnce();
  expect(server.bodies.slice(1)).toEqual([
    { type: "threads.custom_action", params: { thread_id: "t1", item_id: "w1", action: { type: "undo" } } },
  ]);
});

test("a notice is shown until the next request", async () => {
  await using server = await serveChat(
    stream(created(), done(asked("add milk")), done(receipt("1 task added"))),
    stream({ type: "notice", level: "warning", message: "That was answered already." }),
    stream(done(asked("hi", "u2")), done(said("Hello"))),
  );
  const { store } = conversationAt(server);
  store.say("add milk");
  await idle(store);
  store.act("w1", undo);
  await idle(store);
  expect(store.getState().notice).toBe("That was answered already.");
  store.say("hi");
  expect(store.getState().notice).toBeNull();
  await idle(store);
});

test.each([
  ["is not repeated if the service did it", { ...receipt("undone"), widget: { type: "Card", children: [] } }, 3],
  ["is repeated if the card still offers it", receipt("1 task added"), 4],
])("an action behind a broken connection %s", async (_, card, requests) => {
  await using server = await serveChat(
    stream(created(), done(asked("add milk")), done(receipt("1 task added"))),
    cut(),
    page(card, asked("add milk")),
    stream({ type: "thread.item.replaced", item: { ...receipt("undone"), widget: { type: "Card", children: [] } } }),
  );
  const { store } = conversationAt(server);
  store.say("add milk");
  await idle(store);
  store.act("w1", undo);
  await idle(store);
  expect(store.getState().failure).toMatchObject({ canRetry: true });
  store.retry();
  await idle(store);
  expect(texts(store)).toEqual(["add milk", "undone"]);
  expect(server.bodies).toHaveLength(requests);
});

test("opening another conversation ends the answer of the first", async () => {
  const { answer, closed } = openStream(created(), done(asked("hi")), ...words("Hel"));
  await using server = await serveChat(
    answer,
    page(said("Old answer", "a9"), asked("old", "u9")),
  );
  const { store } = conversationAt(server);
  store.say("hi");
  await until(store, () => texts(store).length === 2);
  store.open(threadOf("old"));
  await closed;
  await until(store, () => texts(store).includes("Old answer"));
  await idle(store);
  expect(texts(store)).toEqual(["old", "Old answer"]);
  expect(store.getState()).toMatchObject({ failure: null, thread: { id: "old" } });
});

test("a conversation that can't be loaded can be loaded again", async () => {
  await using server = await serveChat(refuse(503, "database_unavailable"), page(asked("hi")));
  const { store } = conversationAt(server);
  store.open(threadOf());
  await idle(store);
  expect(store.getState().failure?.canRetry).toBe(true);
  store.retry();
  await idle(store);
  expect(texts(store)).toEqual(["hi"]);
});

test("an unconfirmed message of an earlier page becomes part of the draft", () => {
  const { store } = conversationAt({ url: "http://127.0.0.1:1" }, { unsent: "first", draft: "second" });
  expect(store.getState().draft).toBe("first\nsecond");
});

test("an empty message is not sent", async () => {
  await using server = await serveChat();
  const { store } = conversationAt(server);
  store.say(" \n ");
  expect(store.getState().activity).toBe("idle");
  expect(server.bodies).toEqual([]);
});
