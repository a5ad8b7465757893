/** The error of a failed call of Better Auth's client. `status` is 0 if there was no response. */
export interface AuthError {
  status: number;
  code?: string | undefined;
  /** The seconds until the next attempt, if there were too many. */
  retryAfter?: number | undefined;
}

const MESSAGES: Record<string, string> = {
  INVALID_EMAIL_OR_PASSWORD: "The e-mail address or password is incorrect.",
  INVALID_PASSWORD: "The password is incorrect.",
  USER_ALREADY_EXISTS: "An account with this e-mail address already exists. Sign in instead.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "An account with this e-mail address already exists. Sign in instead.",
  INVALID_TOKEN: "This link has expired or was used already. Request another link.",
  INVALID_EMAIL: "Enter a valid e-mail address.",
  PASSWORD_TOO_SHORT: "The password is too short.",
  PASSWORD_TOO_LONG: "The password is too long.",
  PASSWORD_TOO_COMMON: "This password is one of the most common ones. Choose another one.",
  NAME_INVALID: "Use a name of at most 100 characters.",
  EMAIL_INVALID: "The e-mail address is too long.",
  INVALID_ORIGIN: "This page was opened at a different address than the site's own. Open the site at its usual address.",
};

/** Run a call of Better Auth's client. Returns its error, or null if it succeeded. */
export async function authError(
  call: () => Promise<{ error: AuthError | null }>,
): Promise<AuthError | null> {
  try {
    return (await call()).error;
  } catch {
    return { status: 0 }; // fetch throws if there is no response
  }
}

export function authErrorMessage({ status, code, retryAfter = 60 }: AuthError): string {
  if (status === 429) return `Too many attempts. Try again in ${inWords(retryAfter)}.`;
  if (status === 0) return "The server can't be reached. Check your connection, then try again.";
  if (status >= 500) return "Something went wrong on the server. Try again in a moment.";
  if (status === 401 && !code) return "You are signed out. Sign in to continue.";
  return MESSAGES[code ?? ""] ?? "Something went wrong. Reload the page and try again.";
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
