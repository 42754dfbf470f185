import assert from 'node:assert/strict';
import type { JobRecord } from '#history/contracts/jobs.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, T0 } from '#history/test-support.ts';
import { createPace } from '../backfill/pace.ts';
import { createPhone } from '../backfill/phone.ts';
import { historyKind } from '../kinds/history.ts';
import { createPaperPhone, type PaperPhone } from './paper-phone.ts';
import { createJobWorld, type JobWorld, type Life } from './world.ts';

export const HISTORY_WAIT_MS = 10_000;
export const CARL = '4915100000003@s.whatsapp.net';
export const CHATS: Readonly<Record<string, number>> = { [ANNA_PN]: 130, [BERT_PN]: 70, [CARL]: 8 };

const PUSHED = 10;
/** A second before the oldest of those, which are a minute apart. */
const CONNECTED_AT = T0 - PUSHED * 60 - 1;

/** What the phone and the engines have come to; may be changed at any time. */
export interface AccountNow {
  isConnected: boolean;
  isPushed: boolean;
}

/** The job that fetches older history, over a phone on paper. The newest messages of each chat are there already. */
export async function openHistoryWorld({ parallel = 1, chats = CHATS, isNew = false } = {}): Promise<{
  readonly world: JobWorld;
  readonly phone: PaperPhone;
  readonly account: AccountNow;
  /** The engine connects, and the newest messages come in. */
  readonly push: () => Promise<void>;
}> {
  const account: AccountNow = { isConnected: !isNew, isPushed: !isNew };
  const phone = createPaperPhone({
    chats,
    aliases: { [ANNA_LID]: ANNA_PN },
    clock: () => world.clock,
    learn: (observations) => world.learn(observations),
    waitMs: HISTORY_WAIT_MS,
  });
  const world: JobWorld = await createJobWorld({
    kinds: ({ history, router, clock }) => [
      historyKind({
        history,
        router,
        clock,
        backfills: history.backfills,
        onIngested: () => () => undefined,
        pace: createPace({ delayMs: 0, clock, sleep: async (ms) => clock.advance(Math.ceil(ms)) }),
        phone: createPhone(clock, HISTORY_WAIT_MS),
        engines: () => (account.isConnected ? ['baileys'] : []),
        pageSize: 50,
        waitMs: HISTORY_WAIT_MS,
        parallel,
        isFirstSync: () => false,
        isPushed: () => account.isPushed,
      }),
    ],
    commands: phone.commands,
  });
  const connected = { kind: 'connection', level: 'ready', reason: 'none', at: CONNECTED_AT } as const;
  const push = () => world.learn([connected, ...phone.newest(PUSHED)]);
  if (!isNew) await push();
  return { world, phone, account, push };
}

export async function chatIdOf({ history }: JobWorld, jid: string): Promise<number> {
  return (await history.chats.byJid(jid))?.id ?? 0;
}

/** State and reason of the chat's backfill. */
export async function rowFor(world: JobWorld, jid: string) {
  const row = await world.history.backfills.get(await chatIdOf(world, jid));
  return [row?.state, row?.reason];
}

/** How many messages of the chat are on the phone and not in the store. */
export async function missingIn({ history }: JobWorld, phone: PaperPhone, jid: string): Promise<number> {
  const stored = new Set<string>();
  for await (const { id } of history.messages.everyId()) stored.add(id);
  return phone.idsOf(jid).filter((id) => !stored.has(id)).length;
}

export async function isStartProven(world: JobWorld, jid: string): Promise<boolean> {
  return (await world.history.coverage.ofChat(await chatIdOf(world, jid))).startProven;
}

const TURNS_MAX = 30;

/** Turns until the job waits for this; the clock goes on with every rest. */
export async function turnsUntil(
  world: JobWorld,
  life: Life,
  id: string,
  reason: string,
): Promise<JobRecord> {
  for (let left = TURNS_MAX; left > 0; left -= 1) {
    const goesOn = await life.turn(id);
    const job = await world.job(id);
    if (job.reason === reason) return job;
    assert.ok(goesOn, `${job.state} ${job.reason}`);
  }
  return assert.fail(`it never waits because of ${reason}`);
}
