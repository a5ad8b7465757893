import { BLANK } from "../model/draft";
import type { Draft } from "../model/draft";
import type { Task } from "../model/task";

/** What a user typed into the form of a task and did not save. `task` is null for a new task. */
export interface UnsavedTask {
  task: Task | null;
  typed: Draft;
}

// The storage of this tab, so that the text survives a reload, the Back button and a new sign-in.
const PREFIX = "unsaved:";
const keyOf = (uuid: string, name: "task" | "line") => `${PREFIX}${uuid}:${name}`;

/** Return the unsaved form of the user, or null. */
export function readUnsavedTask(uuid: string): UnsavedTask | null {
  try {
    const { task, typed } = JSON.parse(read(keyOf(uuid, "task"))) as UnsavedTask;
    return { task, typed: { ...BLANK, ...typed } };
  } catch {
    return null;
  }
}

export function writeUnsavedTask(uuid: string, unsaved: UnsavedTask | null): void {
  write(keyOf(uuid, "task"), unsaved ? JSON.stringify(unsaved) : "");
}

/** Return the text in the field for a new task. */
export function readUnsavedLine(uuid: string): string {
  return read(keyOf(uuid, "line"));
}

export function writeUnsavedLine(uuid: string, line: string): void {
  write(keyOf(uuid, "line"), line);
}

function read(key: string): string {
  if (typeof window === "undefined") return "";
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return ""; // the browser blocks the storage
  }
}

function write(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // Without the storage, the text is lost with the page.
  }
}
