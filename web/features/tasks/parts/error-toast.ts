import { toast } from "sonner";
import { describeError } from "@/lib/describe-error";

const SHOWN_MS = 15_000;

/** Show an error as a toast, for a task that has no row in the list. `before` is put in front of the message. */
export function toastError(error: unknown, retry: () => void, before = ""): void {
  const { title, advice } = describeError(error);
  toast(`${before}${title}. ${advice}`, { duration: SHOWN_MS, action: { label: "Try again", onClick: retry } });
}
