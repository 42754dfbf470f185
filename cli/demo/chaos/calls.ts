import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { RunningService } from '../../service/service.ts';
import type { Answer, Assistant } from './assistant.ts';

export interface Call {
  /** Since the calls began. */
  readonly atMs: number;
  readonly words: string;
  readonly kind: 'store' | 'live' | 'send';
  readonly answer: Answer;
}

export interface SentText {
  readonly text: string;
  readonly answer: Answer;
}

export interface CallLog {
  /** Answered ones, in the order of their answers. */
  readonly calls: readonly Call[];
  readonly sends: readonly SentText[];
  /** When the oldest call that waits for its answer was made; null = none waits. */
  oldestOpen(): number | null;
  /** Milliseconds since the calls began. */
  now(): number;
}

export interface CallDeps {
  readonly service: RunningService;
  readonly assistant: Assistant;
  readonly dice: () => number;
  readonly signal: AbortSignal;
}

/** As fast as an eager assistant, and slow enough to read along. */
const PAUSE_MS = 120;
const SEND_PAUSE_MS = 350;
const CHATS_MAX = 50;

const QUERIES = ['ride', 'tomorrow', 'photo', 'dinner', 'train', 'thanks'] as const;

export interface RunningCalls extends CallLog {
  /** Resolves when the last call under way is answered. */
  stop(): Promise<void>;
}

/** An assistant that reads, searches, asks WhatsApp, marks read and sends, without a break. */
export async function startCalls({ service, assistant, dice, signal }: CallDeps): Promise<RunningCalls> {
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const calls: Call[] = [];
  const sends: SentText[] = [];
  const open = new Set<number>();
  const stopped = new AbortController();
  const ended = AbortSignal.any([signal, stopped.signal]);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T;
  const { items } = await service.history.chats.list({ sort: 'last_active', limit: CHATS_MAX });
  const groups = items.filter(({ kind }) => kind === 'group');
  const people = items.filter((chat) => chat.kind === 'direct' && chat.person?.isMe !== true);

  const make = async (
    kind: Call['kind'],
    tool: string,
    about: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<Answer> => {
    const atMs = now();
    open.add(atMs);
    const answer = await assistant.call(tool, args).finally(() => open.delete(atMs));
    calls.push({ atMs, words: `${tool} ${about}`, kind, answer });
    return answer;
  };
  const nameOf = (chat: ChatRecord) => chat.name ?? 'a chat';

  const read = async (turn: number) => {
    if (turn % 4 === 0) {
      const query = pick(QUERIES);
      await make('store', 'search_messages', query, { query });
    } else if (turn % 4 === 2) {
      const chat = pick(items);
      await make('store', 'list_messages', nameOf(chat), { chat: chat.jid, limit: 5 });
    } else if (groups.length > 0) {
      const group = pick(groups);
      await make('live', 'get_group_info', nameOf(group), { group: group.jid, source: 'live' });
    }
  };
  const act = async (turn: number) => {
    if (people.length === 0) return;
    const chat = pick(people);
    if (turn % 3 === 2) {
      await make('live', 'mark_chat_read', nameOf(chat), { chat: chat.jid });
      return;
    }
    const text = `Still there? (${turn})`;
    const args = { to: chat.jid, message: text, idempotency_key: `chaos-${startedAt}-${turn}` };
    sends.push({ text, answer: await make('send', 'send_message', nameOf(chat), args) });
  };
  const worker = async (work: (turn: number) => Promise<void>, pauseMs: number) => {
    for (let turn = 0; !ended.aborted; turn += 1) {
      await work(turn);
      await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
    }
  };
  const workers = Promise.all([worker(read, PAUSE_MS), worker(act, SEND_PAUSE_MS)]);
  // A worker that fails is heard of at the end; until then nobody waits for it.
  workers.catch(() => undefined);
  return {
    calls,
    sends,
    oldestOpen: () => (open.size === 0 ? null : Math.min(...open)),
    now,
    stop: async () => {
      stopped.abort();
      await workers;
    },
  };
}
