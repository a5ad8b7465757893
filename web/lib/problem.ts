import { z } from "./zod";
import { ApiError, SignedOut, Unreachable } from "./errors";
import type { ServiceError } from "./errors";

const fieldError = z.object({ field: z.string(), message: z.string(), code: z.string() });

const problem = z.object({
  code: z.string().catch("unreadable"),
  detail: z.string().catch(""),
  request_id: z.string().nullable().catch(null),
  errors: z.array(fieldError).catch([]),
  unknown: z.array(z.string()).catch([]),
});

/** Code of the problem that `lib/backend.ts` sends if the service does not respond. */
export const SERVICE_UNREACHABLE = "service_unreachable";

/** Return a response that is 2xx. Throws the error of any other response. */
export async function okOrThrow(response: Response): Promise<Response> {
  if (response.ok) return response;
  const error = await readError(response);
  const isAccountDeleted = error instanceof ApiError && error.status === 401 && error.code === "user_unknown";
  throw isAccountDeleted ? new SignedOut() : error;
}

/** Read the error from a response that is not 2xx. */
async function readError(response: Response): Promise<ServiceError> {
  const body = problem.parse((await readJson(response)) ?? {});
  if (body.code === SERVICE_UNREACHABLE) return new Unreachable("service");
  const retryAfter = response.headers.get("Retry-After") ?? "";
  return new ApiError({
    status: response.status,
    code: body.code,
    detail: body.detail || response.statusText,
    requestId: body.request_id ?? response.headers.get("X-Request-ID"),
    fields: body.errors,
    unknown: body.unknown,
    retryAfterSeconds: /^\d+$/.test(retryAfter) ? Number(retryAfter) : null,
  });
}

async function readJson(response: Response): Promise<object | null> {
  const body = await response.text();
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(body));
  } catch {
    return null; // an HTML page from a proxy: only its status is useful
  }
}
