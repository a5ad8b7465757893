/** What Better Auth's client tells of a call that failed. */
export interface AuthFailure {
  status: number;
  code?: string | undefined;
}

const SENTENCES: Record<string, string> = {
  INVALID_EMAIL_OR_PASSWORD: "The e-mail address or the password is wrong.",
  INVALID_PASSWORD: "This is not your password.",
  USER_ALREADY_EXISTS: "There is an account with this e-mail address. Sign in instead.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is an account with this e-mail address. Sign in instead.",
  INVALID_EMAIL: "This is no e-mail address.",
  PASSWORD_TOO_SHORT: "This password is too short.",
  PASSWORD_TOO_LONG: "This password is too long.",
};

/** Returns how a call of Better Auth's client failed, or null if it did what was asked. */
export async function attempt(
  call: () => Promise<{ error: AuthFailure | null }>,
): Promise<AuthFailure | null> {
  try {
    return (await call()).error;
  } catch {
    return { status: 0 }; // its fetch throws if nobody answers
  }
}

export function sentence({ status, code }: AuthFailure): string {
  if (status === 429) return "That was too many attempts. Wait ten seconds, then try again.";
  if (status === 0) return "The server can't be reached. Check your connection, then try again.";
  if (status >= 500) return "The server made a mistake. Try again in a moment.";
  if (status === 401 && !code) return "You are signed out. Sign in to go on.";
  return SENTENCES[code ?? ""] ?? "That did not work. Reload the page and try again.";
}
