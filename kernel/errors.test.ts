import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorCatalogue } from './error-catalogue.ts';
import {
  errorBodySchema,
  fromErrorBody,
  TandemError,
  toErrorBody,
  toTandemError,
  validationError,
} from './errors.ts';

/** Codes are public: clients branch on them. A new code is added to this file on purpose; none is renamed. */
const pinned = JSON.parse(readFileSync(new URL('./error-codes.pin.json', import.meta.url), 'utf8')) as Record<
  string,
  [number, boolean]
>;

describe('error catalogue', () => {
  it('holds exactly the pinned codes with their HTTP status and whether repeating helps', () => {
    const now = Object.fromEntries(
      Object.entries(errorCatalogue).map(([code, entry]) => [code, [entry.status, entry.retriable]]),
    );
    assert.deepEqual(now, pinned);
  });

  it('says for every code what happened and what to do, in whole sentences', () => {
    for (const [code, entry] of Object.entries(errorCatalogue)) {
      assert.match(entry.what, /^[A-Z].{8,}\.$/s, `${code}: what`);
      assert.match(entry.next, /^[A-Z].{8,}\.$/s, `${code}: next`);
      assert.ok(entry.status >= 200 && entry.status < 600, code);
    }
  });
});

describe('TandemError', () => {
  it('survives the way to another process', () => {
    const error = new TandemError('RATE_LIMITED', {
      retryAfterSeconds: 7,
      engine: 'baileys',
      details: { limit: 60 },
    });
    const wire = errorBodySchema.parse(JSON.parse(JSON.stringify(toErrorBody(error))));
    const back = fromErrorBody(wire);
    assert.deepEqual(toErrorBody(back), toErrorBody(error));
    assert.equal(back.httpStatus, 429);
    assert.equal(back.retriable, true);
  });

  it('keeps foreign errors out of what is shown, and their cause for the log', () => {
    const foreign = new Error('could not send "secret text"');
    const error = toTandemError(foreign);
    assert.equal(error.code, 'INTERNAL_ERROR');
    assert.equal(error.cause, foreign);
    assert.doesNotMatch(JSON.stringify(toErrorBody(error)), /secret text/);
    assert.match(String(error.details?.correlation_id), /^[0-9a-f-]{36}$/);
  });

  it('names the fields of bad input, never the values', () => {
    const result = z
      .strictObject({ chat: z.string().max(3), n: z.int() })
      .safeParse({ chat: 'hidden value', n: 'x' });
    assert.ok(result.error);
    const error = validationError(result.error);
    assert.equal(error.code, 'VALIDATION_ERROR');
    const { problems } = error.details as { problems: { field: string }[] };
    assert.deepEqual(
      problems.map((p) => p.field),
      ['chat', 'n'],
    );
    assert.doesNotMatch(JSON.stringify(toErrorBody(error)), /hidden value/);
  });
});
