import assert from 'node:assert/strict';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';

/** Ids of the candidates that an error offers. */
export function candidateJids(error: TandemError): string[] {
  const candidates = (error.details?.candidates ?? []) as readonly { readonly jid: string }[];
  return candidates.map(({ jid }) => jid);
}

/** The error that an action fails with, which must have this code. */
export async function failsWith(code: ErrorCode, action: () => unknown): Promise<TandemError> {
  try {
    await action();
  } catch (thrown) {
    assert.ok(thrown instanceof TandemError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    return thrown;
  }
  return assert.fail(`expected ${code}, and nothing was thrown`);
}
