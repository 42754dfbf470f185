import type { History, MatchedBy } from '#history/contracts/history.ts';
import type { ChatRecord, PersonRecord } from '#history/contracts/records.ts';
import { optionalName } from '../present/message.ts';
import { personJid } from '../present/person.ts';
import { compact } from '../reply.ts';

/** Somebody or some chat that a name may mean. */
export interface Candidate {
  readonly jid: string;
  readonly name: string | null;
  readonly type: ChatRecord['kind'];
  /** 0–100: exact 100 or 95, prefix 80 or 75, contained below. */
  readonly score: number;
  readonly matchedBy: MatchedBy;
  readonly chat: ChatRecord | null;
  readonly person: PersonRecord | null;
}

/** From here on a match starts with what was typed; sending accepts nothing weaker. */
export const PREFIX_SCORE = 75;
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
  return [...found.values()].sort((a, b) => b.score - a.score);
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
