interface Sources {
  nonce: string;
  /** Origin of the service, if browsers call it directly. */
  service?: string | undefined;
  /** Whether the official ChatKit window is used: its script adds a frame of its host. */
  chatkit?: boolean;
  development: boolean;
}

const CHATKIT_HOST = "https://cdn.platform.openai.com";

/** Return the Content-Security-Policy of a page: own origin only, and no script without the nonce. */
export function contentSecurityPolicy({ nonce, service, chatkit = false, development }: Sources): string {
  const scripts = ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'"];
  if (development) scripts.push("'unsafe-eval'"); // React needs eval for its stack traces
  return [
    "default-src 'self'",
    `script-src ${scripts.join(" ")}`,
    // Menus and dialogs are positioned by style attributes, which a nonce can't allow.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    `connect-src ${["'self'", service].filter(Boolean).join(" ")}`,
    `frame-src ${chatkit ? CHATKIT_HOST : "'none'"}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
