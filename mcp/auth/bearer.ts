import { createHash, timingSafeEqual } from 'node:crypto';
import { TandemError } from '#kernel/errors.ts';
import { type Principal, scopes } from '../tool.ts';

export interface BearerAuth {
  /** Who sent this `Authorization` header. Throws ACCESS_DENIED. */
  authenticate(header: string | undefined | null): Principal;
}

/** What a 401 answer must say about how to authenticate. */
export const CHALLENGE = 'Bearer realm="tandem"';

const LOCAL: Principal = Object.freeze({ id: 'local', scopes });
const TOKEN: Principal = Object.freeze({ id: 'token', scopes });

/**
 * One static token for everybody. Without one (possible on loopback only, see INSECURE_LISTENER) whoever
 * reaches the port is the person at this machine.
 */
export function createBearerAuth(token: string | null): BearerAuth {
  if (token === null) return { authenticate: () => LOCAL };
  // Digests have one length, so the comparison takes one time whatever was sent.
  const expected = digest(token);
  return {
    authenticate: (header) => {
      const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
      if (given === undefined || !timingSafeEqual(digest(given), expected)) {
        throw new TandemError('ACCESS_DENIED');
      }
      return TOKEN;
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
