import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { MessageRecord } from '#history/contracts/records.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import type { OracleMessage } from '#simulator/account/oracle.ts';

export interface Comparison {
  readonly expected: number;
  readonly stored: number;
  /** Ids, at most a few of each, that differ. */
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly twice: readonly string[];
  readonly different: readonly string[];
}

/** Own messages that no server has confirmed: what the account need not hold. */
const UNSENT: ReadonlySet<MessageRecord['status']> = new Set<MessageRecord['status']>(['pending', 'failed']);

const SHOWN = 5;
const PAGE = 500;

/** Holds a store that nobody has open against the source of truth, id by id and state by state. */
export async function compareStore(dataDir: string, truth: Iterable<OracleMessage>): Promise<Comparison> {
  const wanted = new Map<string, OracleMessage>();
  for (const message of truth)
    wanted.set(keyOf(message.chatJid, message.id, message.fromMe, message.senderJid), message);

  const logger = createLogger({ level: 'silent', program: 'test' });
  const history = await openHistory({ file: join(dataDir, 'history.db'), clock: systemClock, logger });
  const seen = new Set<string>();
  const twice: string[] = [];
  const unexpected: string[] = [];
  const different: string[] = [];
  let after: number | undefined;
  try {
    for (;;) {
      const page = await history.messages.list({
        order: 'oldest',
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const message of page.items) {
        const key = keyOf(message.chatJid, message.id, message.fromMe, message.sender?.jid ?? '');
        const truthOfIt = wanted.get(key);
        if (seen.has(key)) twice.push(key);
        else if (truthOfIt === undefined) {
          if (message.fromMe && UNSENT.has(message.status)) continue;
          unexpected.push(`${key} ${message.type}`);
        } else if (differs(truthOfIt, message)) different.push(`${key} ${message.type}`);
        seen.add(key);
      }
      if (page.next === null) break;
      after = page.next;
    }
  } finally {
    await history.close();
  }
  const missing = [...wanted.keys()].filter((key) => !seen.has(key));
  return {
    expected: wanted.size,
    stored: seen.size,
    missing: missing.slice(0, SHOWN),
    unexpected: unexpected.slice(0, SHOWN),
    twice: twice.slice(0, SHOWN),
    different: different.slice(0, SHOWN),
  };
}

/** Where the account has no text the store may have one of its own: the name of a place, the question of a poll. */
function differs(truth: OracleMessage, stored: MessageRecord): boolean {
  if (truth.revoked !== (stored.revokedAt !== null)) return true;
  return truth.text !== null && truth.text !== stored.text;
}

/** Own messages have no sender in the store; the direction says it. */
function keyOf(chat: string, id: string, fromMe: boolean, sender: string): string {
  return `${chat} ${id} ${fromMe ? 'me' : sender}`;
}

/** Fails with the first few differences of each kind. */
export function assertSame(comparison: Comparison): void {
  const { expected, stored, ...differences } = comparison;
  assert.deepEqual(differences, { missing: [], unexpected: [], twice: [], different: [] });
  assert.equal(stored, expected);
}
