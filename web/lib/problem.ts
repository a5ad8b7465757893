import { z } from "./zod";
import { ApiError, Unreachable } from "./errors";
import type { ServiceError } from "./errors";

const text = z.string().catch("");
const fieldError = z.object({ field: z.string(), message: z.string(), code: z.string() });

const problem = z.object({
  code: z.string().catch("unreadable"),
  detail: text,
  request_id: z.string().nullable().catch(null),
  errors: z.array(fieldError).catch([]),
  unknown: z.array(z.string()).catch([]),
});

/** What the front end's own proxy answers in place of a service that is down. */
export const SERVICE_UNREACHABLE = "service_unreachable";

/** Reads why an answer is not the one that was asked for. */
export async function failure(response: Response): Promise<ServiceError> {
  const body = problem.parse((await json(response)) ?? {});
  if (body.code === SERVICE_UNREACHABLE) return new Unreachable("service");
  return new ApiError({
    status: response.status,
    code: body.code,
    detail: body.detail || response.statusText,
    requestId: body.request_id ?? response.headers.get("X-Request-ID"),
    fields: body.errors,
    unknown: body.unknown,
    retryAfterSeconds: seconds(response.headers.get("Retry-After")),
  });
}

async function json(response: Response): Promise<object | null> {
  const body = await response.text();
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(body));
  } catch {
    return null; // a page of some proxy in between: the status says all there is
  }
}

function seconds(header: string | null): number | null {
  return header && /^\d+$/.test(header) ? Number(header) : null;
}
