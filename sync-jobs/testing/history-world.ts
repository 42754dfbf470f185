import { ANNA_LID, ANNA_PN, BERT_PN, T0 } from '#history/test-support.ts';
import { createPace } from '../backfill/pace.ts';
import { createPhone } from '../backfill/phone.ts';
import { historyKind } from '../kinds/history.ts';
import { createPaperPhone, type PaperPhone } from './paper-phone.ts';
import { createJobWorld, type JobWorld } from './world.ts';

export const HISTORY_WAIT_MS = 10_000;
export const CARL = '4915100000003@s.whatsapp.net';
export const CHATS: Readonly<Record<string, number>> = { [ANNA_PN]: 130, [BERT_PN]: 70, [CARL]: 8 };

const PUSHED = 10;
/** A second before the oldest of those, which are a minute apart. */
const CONNECTED_AT = T0 - PUSHED * 60 - 1;

/** The job that fetches older history, over a phone on paper. The newest messages of each chat are there already. */
export async function openHistoryWorld({ parallel = 1, chats = CHATS } = {}): Promise<{
  readonly world: JobWorld;
  readonly phone: PaperPhone;
}> {
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
        engines: () => ['baileys'],
        pageSize: 50,
        waitMs: HISTORY_WAIT_MS,
        parallel,
        isFirstSync: () => false,
      }),
    ],
    commands: phone.commands,
  });
  const connected = { kind: 'connection', level: 'ready', reason: 'none', at: CONNECTED_AT } as const;
  await world.learn([connected, ...phone.newest(PUSHED)]);
  return { world, phone };
}
