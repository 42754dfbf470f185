import { randomBytes } from 'node:crypto';

/** Randomness as a dependency, so that tests can fix it. */
export interface IdSource {
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string;
}

export const systemIds: IdSource = Object.freeze({
  hex: (bytes: number) => randomBytes(bytes).toString('hex'),
});

/** Ids for tests: count up, same sequence at every run. */
export function createSequentialIds(): IdSource {
  let next = 0;
  return {
    hex: (bytes) => {
      next += 1;
      return next
        .toString(16)
        .padStart(bytes * 2, '0')
        .slice(-bytes * 2);
    },
  };
}
