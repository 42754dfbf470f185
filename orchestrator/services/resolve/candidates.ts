import type { History, MatchedBy } from '#history/contracts/history.ts';
import type { ChatRecord, PersonRecord } from '#history/contracts/records.ts';
import { optionalName } from '../present/message.ts';
import { personJid } from '../present/person.ts';
import { compact } from '../reply.ts';
import { editDistance } from './edit-distance.ts';

/** Somebody or some chat that a name may mean. */
export interface Candidate {
  readonly jid: string;
  readonly name: string | null;
  readonly type: ChatRecord['kind'];
  /** 0–100: exact 100 or 95, prefix 80 or 75, contained below, mistyped 30 to 45, vaguely alike under 20. */
  readonly score: number;
  readonly matchedBy: MatchedBy;
  readonly chat: ChatRecord | null;
  readonly person: PersonRecord | null;
}

/** From here on a match starts with what was typed; sending accepts nothing weaker. */
export const PREFIX_SCORE = 75;
/** Below this a candidate is only worth a question. */
export const RESOLVE_SCORE = 20;
const NAME_SCORES = { exact: 100, prefix: 80, contained: 60 } as const;

/** So many of each are looked at; whoever types a name shared by more has to be more exact. */
const LOOKED_AT_MAX = 50;

/** All that the name may mean, best first. */
export async function findCandidates(history: History, name: string): Promise<readonly Candidate[]> {
  const chatQuery = { text: name, sort: 'last_active', limit: LOOKED_AT_MAX } as const;
  const [people, chats, quietChats] = await Promise.all([
    history.people.match({ text: name, limit: LOOKED_AT_MAX }),
    history.chats.list({ ...chatQuery, system: false }),
    // A group in which nobody wrote yet, and every community.
    history.chats.list({ ...chatQuery, system: true }),
  ]);
  const found = new Map<string, Candidate>();
  for (const { person, score, matchedBy } of people) {
    const jid = personJid(person);
    if (jid === null) continue;
    found.set(jid, { jid, name: person.name, type: 'direct', score, matchedBy, chat: null, person });
  }
  for (const chat of [...chats.items, ...quietChats.items]) {
    if (chat.kind === 'status') continue;
    const jid = (chat.person === null ? null : personJid(chat.person)) ?? chat.jid;
    const known = found.get(jid);
    const score = scoreName(chat.name, name);
    if (known !== undefined && known.score >= score) found.set(jid, { ...known, chat });
    else if (score > 0)
      found.set(jid, {
        jid,
        name: chat.name,
        type: chat.kind,
        score,
        matchedBy: 'name',
        chat,
        person: chat.person,
      });
  }
  const candidates = found.size > 0 ? [...found.values()] : await findMistyped(history, name);
  return candidates.sort((a, b) => b.score - a.score);
}

/** As many chats are compared letter by letter; a name that was mistyped is usually one of the lively ones. */
const COMPARED_MAX = 500;
/** Fewer letters are alike by chance. */
const MISTYPED_MIN_CHARS = 3;

/** Chats whose name, or a word of it, is alike. */
async function findMistyped(history: History, typed: string): Promise<Candidate[]> {
  const want = fold(typed);
  if ([...want].length < MISTYPED_MIN_CHARS || /^[\d\s+]+$/.test(want)) return [];
  const { items } = await history.chats.list({ system: false, sort: 'last_active', limit: COMPARED_MAX });
  return items.flatMap((chat) => {
    const jid = (chat.person === null ? null : personJid(chat.person)) ?? chat.jid;
    const score = chat.name === null || chat.kind === 'status' ? 0 : scoreMistyped(fold(chat.name), want);
    const { name, kind: type, person } = chat;
    return score === 0 ? [] : [{ jid, name, type, score, matchedBy: 'name' as const, chat, person }];
  });
}

/** One slip in four letters is a slip; more, up to two fifths, is a guess. */
const SLIP_SHARE = 0.25;
const GUESS_SHARE = 0.4;

function scoreMistyped(have: string, want: string): number {
  const letters = [...want].length;
  const words = have.split(/\s+/).filter((word) => word !== have);
  const max = Math.floor(letters * GUESS_SHARE);
  const whole = editDistance(have, want, max);
  const parts = words.flatMap((word) => editDistance(word, want, max) ?? []);
  // A whole name that is alike means more than one word of it.
  const distances = [...(whole === null ? [] : [whole]), ...parts.map((distance) => distance + 0.5)];
  if (distances.length === 0) return 0;
  const distance = Math.min(...distances);
  return distance <= Math.floor(letters * SLIP_SHARE) + 0.5
    ? 45 - 5 * distance
    : RESOLVE_SCORE - 1 - distance;
}

function scoreName(name: string | null, typed: string): number {
  if (name === null) return 0;
  const [have, want] = [fold(name), fold(typed)];
  if (have === want) return NAME_SCORES.exact;
  if (have.startsWith(want)) return NAME_SCORES.prefix;
  return have.includes(want) ? NAME_SCORES.contained : 0;
}

/** Case and diacritics do not tell names apart. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .trim()
    .toLowerCase();
}

const SHOWN_MAX = 5;

/** Candidates for an error: enough to choose from, no more. */
export function presentCandidates(candidates: readonly Candidate[]) {
  return candidates
    .slice(0, SHOWN_MAX)
    .map(({ jid, name, type, person }) =>
      compact({ jid, name: optionalName(name), type, number: person?.pn?.split('@')[0] }),
    );
}
