import { ApiError, SignedOut, Unreachable } from "./errors";

export interface Description {
  title: string;
  advice: string;
}

const TRY_AGAIN = "Try again in a moment.";

const BY_CODE: Record<string, Description> = {
  keys_unavailable: {
    title: "The service can't verify your sign-in yet",
    advice: `It has not loaded the keys of the sign-in server. ${TRY_AGAIN}`,
  },
  database_unavailable: { title: "The database is not responding", advice: TRY_AGAIN },
  user_mismatch: {
    title: "A different user is signed in now",
    advice: "Reload the page to continue as that user.",
  },
  user_banned: {
    title: "Your account is blocked",
    advice: "You can't see or change your tasks. Contact the operator of this site.",
  },
  user_unknown: {
    title: "The task service does not know your account",
    advice: "Sign out, then sign in again. If this error returns, contact the operator of this site.",
  },
  precondition_failed: {
    title: "This was changed elsewhere",
    advice: "Your changes were not saved. Reload the page to see the current version.",
  },
};

/** Describe an error to a user: what happened, and what to do next. */
export function describeError(error: unknown): Description {
  if (error instanceof SignedOut) return { title: "You are signed out", advice: "Sign in to continue." };
  if (error instanceof Unreachable) return unreachable(error);
  if (error instanceof ApiError) return BY_CODE[error.code] ?? rejected(error);
  return { title: "Something went wrong on this page", advice: "Reload the page and try again." };
}

function unreachable({ server }: Unreachable): Description {
  if (typeof navigator !== "undefined" && !navigator.onLine) {
    return { title: "You are offline", advice: "Check your connection, then try again." };
  }
  return server === "issuer"
    ? { title: "The sign-in server is not responding", advice: `You are still signed in. ${TRY_AGAIN}` }
    : { title: "The task service is not responding", advice: `Your saved tasks are safe. ${TRY_AGAIN}` };
}

function rejected({ status, detail, requestId }: ApiError): Description {
  if (status < 500) return { title: "The request was not accepted", advice: detail };
  const mention = requestId ? ` If the error continues, report the request ID ${requestId}.` : "";
  return { title: "Something went wrong in the task service", advice: `${TRY_AGAIN}${mention}` };
}
