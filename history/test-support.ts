import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import type { History, IngestReport } from './contracts/history.ts';
import { type HistoryOptions, openHistory } from './sqlite/history.ts';

/** A time in the middle of things, for tests. */
export const T0 = 1_770_000_000;

export const silent = createLogger({ level: 'silent', program: 'test' });

export interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly history: History;
  readonly clock: ReturnType<typeof createFixedClock>;
  /** Applies observations as the next batch of one engine. */
  ingest(observations: readonly Observation[], engine?: EngineName): Promise<IngestReport>;
  close(): Promise<void>;
}

/** A real store in a temporary folder; `close` removes it. */
export async function openBench(options: Partial<HistoryOptions> = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-history-'));
  const file = join(folder, 'history.db');
  const clock = createFixedClock(T0 * 1_000);
  const history = await openHistory({ file, clock, logger: silent, timeZone: 'UTC', ...options });
  const seqs = new Map<string, number>();
  return {
    folder,
    file,
    history,
    clock,
    ingest: (observations, engine = 'baileys') => {
      const seq = (seqs.get(engine) ?? 0) + 1;
      seqs.set(engine, seq);
      return history.ingest.apply({ engine, outboxId: `outbox-${engine}`, seq, observations });
    },
    close: async () => {
      await history.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const ANNA_PN = '4915100000001@s.whatsapp.net';
export const ANNA_LID = '900000000000001@lid';
export const BERT_PN = '4915100000002@s.whatsapp.net';
export const BERT_LID = '900000000000002@lid';
export const GROUP = '120363000000000001@g.us';

/** A text from Anna, unless told otherwise. */
export function message(change: Partial<MessageObservation> & { readonly id: string }): MessageObservation {
  const fromMe = change.fromMe ?? false;
  return {
    kind: 'message',
    via: 'live',
    chat: ANNA_PN,
    fromMe,
    sender: fromMe ? null : (change.chat ?? ANNA_PN),
    sentAt: T0,
    type: 'text',
    text: `text of ${change.id}`,
    ...change,
  };
}
