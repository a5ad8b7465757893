import { z } from "@/lib/zod";

const saved = z.object({
  /** The text in the message field. */
  draft: z.string().catch(""),
  /** The message on its way to the service, which has not confirmed it. */
  unsent: z.string().catch(""),
  /** The id of the open conversation. */
  thread: z.string().nullable().catch(null),
});

export type Saved = z.output<typeof saved>;

// Per user and tab: it survives a reload and a new sign-in, and another tab has a conversation of its own.
const keyOf = (uuid: string) => `assistant:${uuid}`;

/** Return what this tab has saved of a user's conversation. */
export function readSaved(uuid: string): Saved {
  try {
    return saved.parse(JSON.parse(sessionStorage.getItem(keyOf(uuid)) ?? "{}"));
  } catch {
    return { draft: "", unsent: "", thread: null }; // the browser blocks the storage
  }
}

export function writeSaved(uuid: string, value: Saved): void {
  try {
    sessionStorage.setItem(keyOf(uuid), JSON.stringify(value));
  } catch {
    // Without the storage, a draft is lost by a reload.
  }
}

/** Join two texts by a line feed, unless one of them is empty. */
export function joined(first: string, second: string): string {
  return [first, second].filter(Boolean).join("\n");
}
