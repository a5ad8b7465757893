import { toast } from "sonner";
import { describe } from "@/lib/describe";

const SHOWN_MS = 15_000;

/** Says what went wrong where no row of the list could say it, after what else there is to say. */
export function toastFailure(error: unknown, retry: () => void, before = ""): void {
  const { title, advice } = describe(error);
  toast(`${before}${title}. ${advice}`, { duration: SHOWN_MS, action: { label: "Try again", onClick: retry } });
}
