import { toast } from "sonner";
import { describe } from "@/lib/describe";

const SHOWN_MS = 15_000;

/** Says what went wrong where no row of the list could say it. */
export function toastFailure(error: unknown, retry: () => void): void {
  const { title, advice } = describe(error);
  toast(`${title}. ${advice}`, { duration: SHOWN_MS, action: { label: "Try again", onClick: retry } });
}
