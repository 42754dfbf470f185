import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor, MessageObservation } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { EngineLevel } from '#engines/contract/state.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, GROUP, T0 } from '#history/test-support.ts';

/** One message as the phone has it. The phone's order is that of the list; several may be of one second. */
export interface Sent {
  readonly id: string;
  readonly at: number;
  readonly fromMe: boolean;
  /** The phone does not answer questions that name it. */
  readonly dead: boolean;
}

/** One chat of the phone, and the ids under which engines name it. */
export interface Thread {
  readonly names: readonly string[];
  readonly messages: Sent[];
}

type Random = () => number;

export const DEAD_MAX = 2;
const DEAD_SHARE = 0.08;

/** The truth: what was said in three chats, and when. */
export function createAccount(random: Random) {
  const threads: readonly Thread[] = [[ANNA_PN, ANNA_LID], [BERT_PN], [GROUP]].map((names) => ({
    names,
    messages: [],
  }));
  let count = 0;
  const say = (thread: Thread, at: number): Sent => {
    count += 1;
    const dead = random() < DEAD_SHARE && thread.messages.filter((one) => one.dead).length < DEAD_MAX;
    const sent = { id: `M${count}`, at, fromMe: random() < 0.4, dead };
    thread.messages.push(sent);
    return sent;
  };
  for (const thread of threads) {
    let at = T0 - 100_000;
    for (let left = Math.floor(random() * 25); left > 0; left -= 1) {
      at += pick(random, [0, 0, 0, 1, 2, 700]);
      say(thread, at);
    }
  }
  return { threads, say };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

export function observe(
  name: string,
  sent: Sent,
  via: MessageObservation['via'],
  page?: string,
): MessageObservation {
  return {
    kind: 'message',
    via,
    chat: name,
    id: sent.id,
    fromMe: sent.fromMe,
    sender: senderOf(name, sent),
    sentAt: sent.at,
    type: 'text',
    text: sent.id,
    ...(page === undefined ? {} : { page }),
  };
}

function senderOf(name: string, { fromMe }: Sent): string | null {
  if (fromMe) return null;
  return name === GROUP ? BERT_PN : name;
}

function anchorOf(name: string, sent: Sent | undefined): HistoryAnchor | null {
  return sent === undefined
    ? null
    : { id: sent.id, fromMe: sent.fromMe, sender: senderOf(name, sent), sentAt: sent.at };
}

/** The phone's answer: what stands directly before a message, told from the newest to the oldest. */
export function pageBefore(
  thread: Thread,
  name: string,
  index: number,
  size: number,
  requestId: string,
  before: HistoryAnchor | null,
): readonly Observation[] {
  const from = Math.max(0, index - size);
  const messages = thread.messages.slice(from, index).toReversed();
  const end = from === 0 ? 'start-reached' : 'more-on-phone';
  return [
    ...(from === 0 ? [{ kind: 'chat' as const, chat: name, historyEnd: 'start-reached' as const }] : []),
    ...messages.map((sent) => observe(name, sent, 'page', requestId)),
    {
      kind: 'history-page',
      requestId,
      chat: name,
      messages: messages.length,
      before,
      oldest: anchorOf(name, messages.at(-1)),
      end,
    },
  ];
}

/** What the phone pushes to a new device: the newest of each chat, in parts. */
export function pushOf(threads: readonly Thread[], random: Random, engine: EngineName): Observation[][] {
  const parts: Observation[][] = Array.from({ length: 1 + Math.floor(random() * 3) }, () => []);
  for (const { names, messages } of threads) {
    const name = pick(random, names);
    const share = Math.floor(messages.length * pick(random, [0, 0.2, 0.6, 1, 1]));
    const told = messages.slice(messages.length - share).toReversed();
    const size = Math.ceil(told.length / parts.length);
    for (const [at, part] of parts.entries()) {
      const slice = told.slice(at * size, (at + 1) * size);
      const isLast = slice.length > 0 && slice.at(-1) === messages[0];
      // The page of WhatsApp Web speaks of what it holds, told or not.
      if (isLast || (engine === 'webjs' && random() < 0.3))
        part.push({ kind: 'chat', chat: name, historyEnd: 'start-reached' });
      part.push(...slice.map((sent) => observe(name, sent, 'push')));
    }
  }
  for (const [at, part] of parts.entries()) {
    const percent = Math.floor((100 * (at + 1)) / parts.length);
    part.push({ kind: 'history-progress', phase: 'recent', percent, complete: percent === 100 });
  }
  return parts;
}

export function level(name: EngineLevel, at: number): Observation {
  return { kind: 'connection', level: name, reason: 'none', at };
}
