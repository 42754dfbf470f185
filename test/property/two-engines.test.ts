import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { createAccount } from '#simulator/account/account.ts';
import { createOracle, type OracleMessage } from '#simulator/account/oracle.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { createFixedWorld } from '#simulator/account/world.ts';
import { sorted } from '../rig/facts.ts';
import { seededRandom } from '../rig/random.ts';
import { changeMessages } from './changes.ts';
import { type Sight, shuffledWithRepeats, twoViews } from './two-views.ts';

const NOW = 1_795_176_000;
const FIRST_SEED = 20_261_121;
const ROUNDS = 12;
const BATCH_MAX = 40;
const CHANGES = 120;

/** Tells the history everything, each engine through its own outbox, in batches of random size. */
async function stored(sights: readonly Sight[], random: () => number): Promise<readonly MessageRecord[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-two-engines-'));
  const history = await openHistory({
    file: join(folder, 'history.db'),
    clock: createFixedClock(NOW * 1_000),
    logger: createLogger({ level: 'silent', program: 'test' }),
  });
  try {
    const seqs = { baileys: 0, webjs: 0 };
    for (let at = 0; at < sights.length; ) {
      const part = sights.slice(at, at + 1 + Math.floor(random() * BATCH_MAX));
      at += part.length;
      for (const engine of ['baileys', 'webjs'] as const) {
        const observations = part.flatMap((one) => (one.engine === engine ? [one.observation] : []));
        if (observations.length === 0) continue;
        seqs[engine] += 1;
        await history.ingest.apply({ engine, outboxId: engine, seq: seqs[engine], observations });
      }
    }
    const found: MessageRecord[] = [];
    for (let after: number | undefined, next: number | null = 0; next !== null; after = next ?? undefined) {
      const page = await history.messages.list({
        order: 'oldest',
        limit: 500,
        ...(after === undefined ? {} : { after }),
      });
      found.push(...page.items);
      next = page.next;
    }
    return found;
  } finally {
    await history.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What must be equal, in one shape for both sides. */
function shown(message: MessageRecord, me: string): unknown {
  const { chatJid, id, fromMe, sender, sentAt, text, editedAt, revokedAt, reactions } = message;
  return {
    key: `${chatJid} ${id} ${fromMe ? 'me' : (sender?.jid ?? '')}`,
    sentAt,
    // Where the account has no text the store may have one of its own, such as the question of a poll.
    text: ['text', 'image', 'video', 'document'].includes(message.type) ? text : null,
    edited: editedAt !== null && revokedAt === null,
    revoked: revokedAt !== null,
    reactions: sorted(reactions.map(({ by, emoji }) => `${by?.jid ?? me} ${emoji}`)),
    engines: sorted(message.sources.map(({ engine }) => engine)),
  };
}

function wanted(message: OracleMessage, seenBy: ReadonlySet<EngineName>): unknown {
  const { chatJid, id, fromMe, senderJid, timeSeconds, text, edited, revoked, reactions, mediaKind } =
    message;
  const hasText = message.type === 'text' || ['image', 'video', 'document'].includes(mediaKind ?? '');
  return {
    key: `${chatJid} ${id} ${fromMe ? 'me' : senderJid}`,
    sentAt: timeSeconds,
    text: hasText ? text : null,
    edited: edited && !revoked,
    revoked,
    reactions: sorted(reactions.map((one) => `${one.senderJid} ${one.emoji}`)),
    engines: sorted([...seenBy]),
  };
}

describe('two engines, one history', function () {
  this.retries(0);
  const shape = shapeOf('tiny', {
    directChats: 9,
    groups: 2,
    communities: 0,
    messagesPerChat: { min: 4, max: 16 },
  });

  for (let round = 0; round < ROUNDS; round += 1) {
    const seed = FIRST_SEED + round;
    it(`whatever each saw, under whichever identity, in any order: the account itself (seed ${seed}) R:one-history`, async function () {
      this.timeout(60_000);
      const random = seededRandom(seed);
      const account = createAccount({ ...shape, seed: `two engines ${seed}` }, createFixedWorld(NOW));
      changeMessages(account, CHANGES, random);
      const sights = twoViews(account, random);
      // Ids are unique within a chat only, so the chat takes part in the key; both of its names mean the same.
      const seenBy = new Map<string, Set<EngineName>>();
      for (const { engine, observation } of sights) {
        if (observation.kind !== 'message' || observation.type === 'undecryptable') continue;
        const chat = account.chatByJid(observation.chat)?.key ?? assert.fail('unknown chat');
        const key = `${chat} ${observation.id}`;
        seenBy.set(key, (seenBy.get(key) ?? new Set()).add(engine));
      }
      const me = account.person('me').lid ?? '';
      const byKey = (a: unknown, b: unknown) =>
        (a as { key: string }).key < (b as { key: string }).key ? -1 : 1;
      const truth = [...createOracle(account).messages()]
        .map((message) => wanted(message, seenBy.get(`${message.chatKey} ${message.id}`) ?? new Set()))
        .toSorted(byKey);
      const found = (await stored(shuffledWithRepeats(sights, random), random))
        .map((message) => shown(message, me))
        .toSorted(byKey);
      assert.deepEqual(found, truth);
    });
  }
});
