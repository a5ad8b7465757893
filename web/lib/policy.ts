interface Sources {
  nonce: string;
  /** Where the browser reaches the service by itself, if it does. */
  service?: string | undefined;
  development: boolean;
}

/** Returns the Content-Security-Policy of a page: nothing from elsewhere, no script without nonce. */
export function contentSecurityPolicy({ nonce, service, development }: Sources): string {
  const scripts = ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'"];
  if (development) scripts.push("'unsafe-eval'"); // React's stack traces
  return [
    "default-src 'self'",
    `script-src ${scripts.join(" ")}`,
    // Positions of menus and dialogs are set in style attributes, which a nonce can't allow.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    `connect-src ${["'self'", service].filter(Boolean).join(" ")}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
