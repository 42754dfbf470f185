import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import type { Simulator } from '#simulator/simulator.ts';

export interface CoverageComparison {
  readonly chats: number;
  /** Messages of the account that no held interval claims; at most a few. */
  readonly unclaimed: readonly string[];
  /** Messages that a held interval claims and the store does not have. */
  readonly falselyClaimed: readonly string[];
  /** Chats whose beginning is not proven. */
  readonly unproven: readonly string[];
}

const SHOWN = 5;
const PAGE = 1_000;

/** Holds what a store that nobody has open says it holds against the account, message by message. */
export async function compareCoverage(dataDir: string, simulator: Simulator): Promise<CoverageComparison> {
  const logger = createLogger({ level: 'silent', program: 'test' });
  const history = await openHistory({ file: join(dataDir, 'history.db'), clock: systemClock, logger });
  const unclaimed: string[] = [];
  const falselyClaimed: string[] = [];
  const unproven: string[] = [];
  let chats = 0;
  try {
    for (const { chatKey, canonicalJid, messages } of simulator.oracle.chats()) {
      if (messages === 0) continue;
      chats += 1;
      const chat = await history.chats.byJid(canonicalJid);
      if (chat === null) {
        unproven.push(canonicalJid);
        continue;
      }
      const stored = new Set<string>();
      for (let after: number | undefined; ; ) {
        const page = await history.messages.list({
          chatId: chat.id,
          order: 'oldest',
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        for (const { id } of page.items) stored.add(id);
        if (page.next === null) break;
        after = page.next;
      }
      const { held, startProven } = await history.coverage.ofChat(chat.id);
      if (!startProven) unproven.push(canonicalJid);
      for (const message of simulator.oracle.messages(chatKey)) {
        if (message.deletedForMe) continue;
        const claimed = held.some(({ from, to }) => message.timeSeconds > from && message.timeSeconds <= to);
        if (!claimed) unclaimed.push(`${canonicalJid} ${message.id}`);
        else if (!stored.has(message.id)) falselyClaimed.push(`${canonicalJid} ${message.id}`);
      }
    }
  } finally {
    await history.close();
  }
  const few = (all: readonly string[]) => all.slice(0, SHOWN);
  return { chats, unclaimed: few(unclaimed), falselyClaimed: few(falselyClaimed), unproven: few(unproven) };
}

/** Fails unless every message is claimed, none falsely, and every chat's beginning is proven. */
export function assertCovered({ chats, ...wrong }: CoverageComparison): void {
  assert.ok(chats > 0, 'the account has chats');
  assert.deepEqual(wrong, { unclaimed: [], falselyClaimed: [], unproven: [] });
}
