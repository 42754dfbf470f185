import type { MessageObservation } from '#engines/contract/message.ts';

/**
 * Messages for the benchmarks, the same at every run: 800 chats (three in five of them groups of twelve), twelve words each,
 * arriving as a backfill brings them: page by page in random chat order, each chat from its newest page to its oldest.
 */
export interface DatasetShape {
  readonly messages: number;
  readonly chats: number;
  readonly pageSize: number;
  readonly seed: number;
}

export const COMMON_WORD = 'morgen';
export const OTHER_COMMON_WORD = 'garden';
export const RARE_WORD = 'zeppelinpost';
/** Two neighbours in every twentieth message. */
export const PHRASE = 'blue lantern';

const WORDS_PER_MESSAGE = 12;
const VOCABULARY = 20_000;
const GROUP_SIZE = 12;
const NEWEST = 1_770_000_000;
const RARE_EVERY = 50_000;

const SYLLABLES = [
  'ba',
  'ke',
  'lo',
  'mi',
  'nu',
  'ra',
  'se',
  'to',
  'vi',
  'wa',
  'che',
  'dor',
  'fen',
  'gil',
  'hun',
  'jas',
] as const;

function word(index: number): string {
  let rest = index + 16;
  let text = '';
  while (rest > 0) {
    text += SYLLABLES[rest % SYLLABLES.length] ?? '';
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return text;
}

/** Mulberry32: small, and good enough for figures that only have to be the same every time. */
function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function chatJid(chat: number): string {
  return chat % 5 < 3 ? `12036300000${1_000_000 + chat}@g.us` : `49151${1_000_000 + chat}@s.whatsapp.net`;
}

function senderJid(chat: number, who: number): string {
  return `90000000${1_000_000 + ((chat * 7 + who * 131) % 4_000)}@lid`;
}

/** Pages of one chat each, lazily. */
export function* pages(shape: DatasetShape): Generator<MessageObservation[]> {
  const dice = createDice(shape.seed);
  const words = Array.from({ length: VOCABULARY }, (_none, i) => word(i));
  const perChat = Math.ceil(shape.messages / shape.chats);
  const left = Array.from({ length: shape.chats }, () => perChat);
  const open = Array.from({ length: shape.chats }, (_none, i) => i);
  let made = 0;
  while (open.length > 0 && made < shape.messages) {
    const place = Math.floor(dice() * open.length);
    const chat = open[place] ?? 0;
    const remaining = left[chat] ?? 0;
    const size = Math.min(shape.pageSize, remaining, shape.messages - made);
    const page: MessageObservation[] = [];
    for (let i = 0; i < size; i += 1) {
      const age = perChat - remaining + i;
      page.push(messageOf(dice, words, shape, chat, age, made));
      made += 1;
    }
    left[chat] = remaining - size;
    if (remaining - size <= 0) open.splice(place, 1);
    yield page;
  }
}

function messageOf(
  dice: () => number,
  words: readonly string[],
  shape: DatasetShape,
  chat: number,
  age: number,
  number: number,
): MessageObservation {
  const picked: string[] = [];
  // Squaring makes few words frequent and most rare, as in a language.
  for (let i = 0; i < WORDS_PER_MESSAGE; i += 1) {
    const skew = dice();
    picked.push(words[Math.floor(skew * skew * VOCABULARY)] ?? '');
  }
  if (dice() < 0.5) picked[2] = COMMON_WORD;
  if (dice() < 0.5) picked[7] = OTHER_COMMON_WORD;
  if (dice() < 0.05) picked.splice(4, 2, ...PHRASE.split(' '));
  if (number % RARE_EVERY === 17) picked[9] = RARE_WORD;
  const group = chat % 5 < 3;
  const fromMe = dice() < 0.4;
  const jid = chatJid(chat);
  const spread = Math.max(1, Math.floor((5 * 365 * 86_400) / Math.ceil(shape.messages / shape.chats)));
  return {
    kind: 'message',
    via: 'page',
    chat: jid,
    id: `3EB0${(number * 2_654_435_761 + 12_345).toString(16).toUpperCase().padStart(16, '0')}`,
    fromMe,
    sender: fromMe ? null : group ? senderJid(chat, Math.floor(dice() * GROUP_SIZE)) : jid,
    sentAt: NEWEST - age * spread - Math.floor(dice() * spread),
    type: 'text',
    text: picked.join(' '),
    ...(fromMe ? { status: 'read' as const } : {}),
  };
}
