import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from './error-catalogue.ts';

export type { ErrorCode };

export interface ErrorFacts {
  /** Replaces the catalogue's "what happened"; never holds message text, names or numbers of strangers. */
  readonly message?: string;
  /** Replaces the catalogue's "what to do next". */
  readonly hint?: string;
  readonly retryAfterSeconds?: number;
  readonly engine?: string;
  /** Facts of this case; plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error type that crosses rooms, processes and the public surface. */
export class TandemError extends Error {
  override readonly name = 'TandemError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retriable: boolean;
  readonly httpStatus: number;
  readonly retryAfterSeconds: number | null;
  readonly engine: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;

  constructor(code: ErrorCode, facts: ErrorFacts = {}) {
    const known = errorCatalogue[code];
    super(facts.message ?? known.what, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint ?? known.next;
    this.retriable = known.retriable;
    this.httpStatus = known.status;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
    this.engine = facts.engine ?? null;
    this.details = facts.details ?? null;
  }
}

const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

/** The error as JSON: between processes, in HTTP answers and in tool results. */
export const errorBodySchema = z.strictObject({
  code: z.enum(errorCodes),
  message: z.string(),
  hint: z.string(),
  retryable: z.boolean(),
  retry_after_s: z.number().optional(),
  engine: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

export type ErrorBody = z.infer<typeof errorBodySchema>;

export function toErrorBody(error: TandemError): ErrorBody {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    retryable: error.retriable,
    ...(error.retryAfterSeconds === null ? {} : { retry_after_s: error.retryAfterSeconds }),
    ...(error.engine === null ? {} : { engine: error.engine }),
    ...(error.details === null ? {} : { details: { ...error.details } }),
  };
}

/** Rebuilds an error that another process answered with. */
export function fromErrorBody(body: ErrorBody): TandemError {
  return new TandemError(body.code, {
    message: body.message,
    hint: body.hint,
    ...(body.retry_after_s === undefined ? {} : { retryAfterSeconds: body.retry_after_s }),
    ...(body.engine === undefined ? {} : { engine: body.engine }),
    ...(body.details === undefined ? {} : { details: body.details }),
  });
}

/**
 * Gives every thrown thing a code. What is not a TandemError becomes INTERNAL_ERROR with a
 * correlation id; its own text stays in `cause` (for the log) and is not shown, because library
 * messages can quote message text.
 */
export function toTandemError(thrown: unknown): TandemError {
  if (thrown instanceof TandemError) return thrown;
  if (thrown instanceof z.ZodError) return validationError(thrown);
  return new TandemError('INTERNAL_ERROR', { details: { correlation_id: randomUUID() }, cause: thrown });
}

/** A VALIDATION_ERROR that names each field and what was expected, without echoing the value. */
export function validationError(error: z.ZodError, code: ErrorCode = 'VALIDATION_ERROR'): TandemError {
  const problems = error.issues.slice(0, 20).map((issue) => ({
    field: issue.path.join('.') || '(input)',
    problem: issue.message,
  }));
  const summary = problems.map((p) => `${p.field}: ${p.problem}`).join('; ');
  return new TandemError(code, {
    message: `${errorCatalogue[code].what} ${summary}`,
    details: { problems },
    cause: error,
  });
}
