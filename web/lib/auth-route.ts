import "server-only";
import { BodyTooLarge, limitBody } from "./limit-body";

const MAX_BODY_BYTES = 64 * 1024;

/** Pass a request to `handler`, Better Auth's handler. Bodies are limited, and no response is cached. */
export async function handleAuth(
  request: Request,
  handler: (request: Request) => Promise<Response>,
): Promise<Response> {
  try {
    const { url, method, headers } = request;
    const body = await new Response(limitBody(request, MAX_BODY_BYTES)).arrayBuffer();
    const response = await handler(new Request(url, { method, headers, body: body.byteLength ? body : null }));
    return uncached(response);
  } catch (error) {
    if (error instanceof BodyTooLarge) return tooLarge();
    if (request.signal.aborted) return new Response(null, { status: 499 });
    throw error;
  }
}

// Responses contain tokens and sessions.
function uncached({ status, statusText, headers, body }: Response): Response {
  const own = new Headers(headers);
  own.set("Cache-Control", "no-store");
  return new Response(body, { status, statusText, headers: own });
}

// In the shape of Better Auth's errors.
function tooLarge(): Response {
  const error = { code: "BODY_TOO_LARGE", message: `The body may have at most ${MAX_BODY_BYTES / 1024} KiB.` };
  return uncached(Response.json(error, { status: 413 }));
}
