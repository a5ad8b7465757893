import { toast } from "sonner";
import { describeError } from "@/lib/describe-error";

const SHOWN_MS = 15_000;

/** Show an error as a toast, for a task that has no row in the list. */
export function toastError(error: unknown, retry: () => void): void {
  const { title, advice } = describeError(error);
  toast(`${title}. ${advice}`, { duration: SHOWN_MS, action: { label: "Try again", onClick: retry } });
}
