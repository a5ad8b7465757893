export const SCRIPT_HOST = "cdn.platform.openai.com";

const SCRIPT = `https://${SCRIPT_HOST}/deployments/chatkit/chatkit.js`;
const TIMEOUT_MS = 10_000;

/**
 * Load the script that defines the element `openai-chatkit`. The Content-Security-Policy trusts it
 * because a trusted script adds it. Rejects if the element is not defined within 10 seconds.
 */
export async function loadScript(): Promise<void> {
  if (customElements.get("openai-chatkit")) return;
  const script = document.createElement("script");
  script.src = SCRIPT;
  script.async = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const failed = new Promise<never>((_, reject) => {
    script.addEventListener("error", () => reject(new Error(`${SCRIPT} can't be loaded`)));
    timer = setTimeout(() => reject(new Error(`${SCRIPT} took too long`)), TIMEOUT_MS);
  });
  document.head.append(script);
  try {
    await Promise.race([customElements.whenDefined("openai-chatkit"), failed]);
  } finally {
    clearTimeout(timer);
  }
}
