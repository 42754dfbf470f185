import { join } from 'node:path';
import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageObservation } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { INGEST_BATCH_MAX_OBSERVATIONS } from '#kernel/limits.ts';
import { createLogger } from '#kernel/logger.ts';
import { pages } from './dataset.ts';
import { inFolder } from './history.ts';
import { type BenchRow, median } from './row.ts';

const MESSAGES = 100_000;
const CHATS = 800;
const PAGE_SIZE = 50;
const SEED = 20_261_122;
const ROUNDS = 3;
const LIMIT = 1.7;
/** How many batches the second engine is behind the first. */
const BEHIND = 3;

const logger = createLogger({ level: 'error', program: 'bench' });

interface Batch {
  readonly engine: EngineName;
  readonly observations: readonly Observation[];
}

/** The same messages by one engine, and by both: the second names people by their hidden ids and comes a little later. */
export async function benchTwoEngines(): Promise<BenchRow[]> {
  const first = [...batches()];
  const second = first.map(
    (batch): Batch => ({ engine: 'webjs', observations: batch.observations.map(byHiddenId) }),
  );
  const links: Batch = { engine: 'baileys', observations: linksOf(first) };
  const alone = [links, ...first];
  const both = [
    links,
    ...first.flatMap((batch, at) => [batch, ...second.slice(at - BEHIND, at - BEHIND + 1)]),
    ...second.slice(first.length - BEHIND),
  ];
  const times = { alone: [] as number[], both: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.alone.push(await ingest(alone));
    times.both.push(await ingest(both));
  }
  const ratio = median(times.both) / median(times.alone);
  return [
    {
      name: `${MESSAGES.toLocaleString('en')} messages told by both engines, rows = messages`,
      value: `${(median(times.both) / 1_000).toFixed(2)} s`,
      limit: `${LIMIT} × one engine alone (${(median(times.alone) / 1_000).toFixed(2)} s)`,
      ratio,
      ok: ratio <= LIMIT,
    },
  ];
}

/** Milliseconds until everything is committed. Throws unless every message is exactly one row. */
async function ingest(told: readonly Batch[]): Promise<number> {
  return inFolder(async (folder) => {
    const history = await openHistory({ file: join(folder, 'history.db'), clock: systemClock, logger });
    const started = performance.now();
    const seqs: Record<EngineName, number> = { baileys: 0, webjs: 0 };
    for (const { engine, observations } of told) {
      seqs[engine] += 1;
      await history.ingest.apply({ engine, outboxId: engine, seq: seqs[engine], observations });
    }
    const tookMs = performance.now() - started;
    const { messages, perEngine, sharedByEngines } = await history.statistics();
    await history.close();
    const shared = perEngine.length > 1 ? MESSAGES : 0;
    if (messages !== MESSAGES || sharedByEngines !== shared) {
      throw new Error(`${messages} rows, ${sharedByEngines} of them seen by both engines`);
    }
    return tookMs;
  });
}

function* batches(): Generator<Batch> {
  let observations: MessageObservation[] = [];
  for (const page of pages({ messages: MESSAGES, chats: CHATS, pageSize: PAGE_SIZE, seed: SEED })) {
    observations.push(...page);
    if (observations.length + PAGE_SIZE <= INGEST_BATCH_MAX_OBSERVATIONS) continue;
    yield { engine: 'baileys', observations };
    observations = [];
  }
  if (observations.length > 0) yield { engine: 'baileys', observations };
}

const PN = /^(\d+)@s\.whatsapp\.net$/;

function lidOf(jid: string): string {
  return jid.replace(PN, '8$1@lid');
}

function byHiddenId(seen: Observation): Observation {
  if (seen.kind !== 'message') return seen;
  const sender = seen.sender === null ? null : lidOf(seen.sender);
  return { ...seen, chat: lidOf(seen.chat), sender };
}

function linksOf(told: readonly Batch[]): readonly Observation[] {
  const pns = new Set<string>();
  for (const { observations } of told)
    for (const seen of observations) if (seen.kind === 'message' && PN.test(seen.chat)) pns.add(seen.chat);
  return [...pns].map((pn) => ({
    kind: 'identity-link',
    pn,
    lid: lidOf(pn),
    source: 'usync',
    at: 1_700_000_000,
  }));
}
