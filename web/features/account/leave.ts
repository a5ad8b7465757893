import { announceSessionEnd } from "@/lib/session-channel";

/** Open `path` after the session has ended, in all tabs. A full page load clears the data in memory. */
export function leave(path: string): void {
  announceSessionEnd();
  window.location.assign(path);
}
