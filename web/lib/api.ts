import createClient from "openapi-fetch";
import { createAuthorizedFetch } from "./authorized-fetch";
import type { AuthorizedFetchOptions } from "./authorized-fetch";
import { okOrThrow } from "./problem";
import type { components, paths } from "./service";

export type Schemas = components["schemas"];
export type Api = ReturnType<typeof createApi>;

export interface ApiOptions extends AuthorizedFetchOptions {
  /** Prefix of every path of the service: "https://api.example.com", or "/backend". */
  baseUrl: string;
}

/**
 * Create the client for the service, typed by its OpenAPI document. Calls throw the errors of
 * `lib/errors.ts` for a response that is not 2xx, and if there is no response.
 */
export function createApi({ baseUrl, ...options }: ApiOptions) {
  const fetchWithToken = createAuthorizedFetch(options);
  return createClient<paths>({ baseUrl, fetch: async (request) => okOrThrow(await fetchWithToken(request)) });
}

/** Return the body of a response: `await responseData(api.GET(...))`. It is undefined for a 204. */
export async function responseData<T>(call: Promise<{ data?: T }>): Promise<T> {
  // A response that is not 2xx has thrown already.
  return (await call).data as T;
}

/** Return the ids by which the change of a response can be undone: one, or none if no task was changed. */
export function changesOf(response: Response): string[] {
  const id = response.headers.get("Change-Id");
  return id === null ? [] : [id];
}
