import { ApiError, SignedOut, Unreachable } from "./errors";

export interface Description {
  title: string;
  advice: string;
}

const TRY_AGAIN = "Try again in a moment.";

const BY_CODE: Record<string, Description> = {
  keys_unavailable: {
    title: "The service can't check who you are yet",
    advice: `It is waiting for the keys of the sign-in server. ${TRY_AGAIN}`,
  },
  database_unavailable: { title: "The database is not answering", advice: TRY_AGAIN },
  user_mismatch: {
    title: "Somebody else has signed in here",
    advice: "Reload the page to go on as the one who is signed in now.",
  },
  precondition_failed: {
    title: "This was changed elsewhere",
    advice: "Nothing was saved. Reload to see how it is now.",
  },
};

/** Says in words what went wrong and what to do about it. */
export function describe(error: unknown): Description {
  if (error instanceof SignedOut) return { title: "You are signed out", advice: "Sign in to go on." };
  if (error instanceof Unreachable) return unreachable(error);
  if (error instanceof ApiError) return BY_CODE[error.code] ?? refused(error);
  return { title: "Something went wrong on this page", advice: "Reload it and try again." };
}

function unreachable({ party }: Unreachable): Description {
  if (typeof navigator !== "undefined" && !navigator.onLine) {
    return { title: "You are offline", advice: "Check the connection, then try again." };
  }
  return party === "issuer"
    ? { title: "The sign-in server is not answering", advice: `You are still signed in. ${TRY_AGAIN}` }
    : { title: "The task service is not answering", advice: `Your tasks are kept there. ${TRY_AGAIN}` };
}

function refused({ status, detail, requestId }: ApiError): Description {
  if (status < 500) return { title: "That was not accepted", advice: detail };
  const mention = requestId ? ` If it stays, report request ${requestId}.` : "";
  return { title: "The service made a mistake", advice: `${TRY_AGAIN}${mention}` };
}
