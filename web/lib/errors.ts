/**
 * How asking the service can fail. An aborted request rejects with the reason of its signal.
 *
 *   ServiceError
 *     ApiError      the service answered with a problem: `status`, `code`, `fields`
 *     Unreachable   nobody answered: the service, or the issuer of tokens
 *     SignedOut     there is no session any more
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
  /** Ids that a `tasks_unknown` names. */
  unknown: readonly string[];
  retryAfterSeconds: number | null;
}

export class ApiError extends ServiceError implements Problem {
  override readonly name = "ApiError";
  readonly status: number;
  /** Stable; `docs/api.md` lists them. `unreadable` if the answer was no problem document. */
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

  /** Says what is wrong with a field that was sent, if anything is. */
  field(name: string): FieldError | undefined {
    return this.fields.find((error) => error.field === name);
  }
}

export type Party = "service" | "issuer";

export class Unreachable extends ServiceError {
  override readonly name = "Unreachable";
  readonly party: Party;
  readonly timedOut: boolean;

  constructor(party: Party, { timedOut = false, cause }: { timedOut?: boolean; cause?: unknown } = {}) {
    super(`The ${party} ${timedOut ? "took too long" : "can't be reached"}.`, { cause });
    this.party = party;
    this.timedOut = timedOut;
  }
}

export class SignedOut extends ServiceError {
  override readonly name = "SignedOut";

  constructor() {
    super("The session has ended.");
  }
}
