/**
 * Base class of the errors that a call to the service throws. An aborted request rejects with the
 * reason of its signal instead.
 *
 *   ServiceError
 *     ApiError      the service responded with a problem: `status`, `code`, `fields`
 *     Unreachable   the service, or the issuer of tokens, did not respond
 *     SignedOut     the session has ended
 */
export class ServiceError extends Error {
  override readonly name: string = "ServiceError";
}

export interface FieldError {
  field: string;
  message: string;
  code: string;
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
  requestId: string | null;
  fields: readonly FieldError[];
  /** Ids of the missing tasks, for the code `tasks_unknown`. */
  unknown: readonly string[];
  retryAfterSeconds: number | null;
}

export class ApiError extends ServiceError implements Problem {
  override readonly name = "ApiError";
  readonly status: number;
  /** Stable code, listed in `docs/api.md`; `unreadable` if the response is not a problem document. */
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly fields: readonly FieldError[];
  readonly unknown: readonly string[];
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.requestId = problem.requestId;
    this.fields = problem.fields;
    this.unknown = problem.unknown;
    this.retryAfterSeconds = problem.retryAfterSeconds;
  }

  /** Return the error of one field of the request, or undefined if the field is valid. */
  field(name: string): FieldError | undefined {
    return this.fields.find((error) => error.field === name);
  }
}

type Server = "service" | "issuer";

export class Unreachable extends ServiceError {
  override readonly name = "Unreachable";
  readonly server: Server;
  readonly timedOut: boolean;

  constructor(server: Server, { timedOut = false, cause }: { timedOut?: boolean; cause?: unknown } = {}) {
    super(`The ${server} ${timedOut ? "took too long to respond" : "can't be reached"}.`, { cause });
    this.server = server;
    this.timedOut = timedOut;
  }
}

export class SignedOut extends ServiceError {
  override readonly name = "SignedOut";

  constructor() {
    super("The session has ended.");
  }
}
