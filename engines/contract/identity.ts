import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';

/**
 * The only place that parses or prints WhatsApp ids.
 *
 * | kind       | canonical form                 | also accepted                          |
 * |------------|--------------------------------|----------------------------------------|
 * | pn         | `<digits>@s.whatsapp.net`      | `<digits>@c.us`, `:device`, `_agent`   |
 * | lid        | `<digits>@lid`                 | `:device`                              |
 * | group      | `<id>@g.us`                    | old form `<creator>-<time>@g.us`       |
 * | newsletter | `<digits>@newsletter`          |                                        |
 * | broadcast  | `<digits>@broadcast`           |                                        |
 * | status     | `status@broadcast`             |                                        |
 *
 * A community is a group id; that it is a community is metadata, not grammar.
 */
export type JidKind = 'pn' | 'lid' | 'group' | 'newsletter' | 'broadcast' | 'status';

export interface Jid {
  readonly kind: JidKind;
  /** The part before `@`, without device. */
  readonly user: string;
  /** Device number of a person's id; null when the id names the person. */
  readonly device: number | null;
}

const PERSON = /^(\d{1,20})(?:_\d{1,3})?(?::(\d{1,4}))?@(s\.whatsapp\.net|c\.us|lid|hosted|hosted\.lid)$/;
const GROUP = /^(\d{5,25}(?:-\d{5,15})?)@g\.us$/;
const NUMBERED = /^(\d{1,25})@(newsletter|broadcast)$/;
const STATUS = 'status@broadcast';
const LONGEST = 80;

/** Null when the text is not an id of any known kind. */
export function tryParseJid(text: string): Jid | null {
  if (text.length > LONGEST) return null;
  if (text === STATUS) return { kind: 'status', user: 'status', device: null };
  const person = PERSON.exec(text);
  if (person) {
    const [, user = '', device, server = ''] = person;
    const kind = server === 'lid' || server === 'hosted.lid' ? 'lid' : 'pn';
    return { kind, user, device: device === undefined ? null : Number(device) };
  }
  const group = GROUP.exec(text);
  if (group?.[1]) return { kind: 'group', user: group[1], device: null };
  const numbered = NUMBERED.exec(text);
  if (numbered?.[1])
    return { kind: numbered[2] as 'newsletter' | 'broadcast', user: numbered[1], device: null };
  return null;
}

/** Throws INVALID_JID. */
export function parseJid(text: string): Jid {
  const jid = tryParseJid(text);
  if (jid === null) throw new TandemError('INVALID_JID');
  return jid;
}

const SERVERS: Readonly<Record<JidKind, string>> = {
  pn: 's.whatsapp.net',
  lid: 'lid',
  group: 'g.us',
  newsletter: 'newsletter',
  broadcast: 'broadcast',
  status: 'broadcast',
};

/** The canonical text, without device. */
export function formatJid(jid: Pick<Jid, 'kind' | 'user'>): string {
  return `${jid.user}@${SERVERS[jid.kind]}`;
}

/** Canonical text of any accepted form; null when it is none. */
export function normaliseJid(text: string): string | null {
  const jid = tryParseJid(text);
  return jid === null ? null : formatJid(jid);
}

export function jidKind(text: string): JidKind | null {
  return tryParseJid(text)?.kind ?? null;
}

/** True for ids of people: phone number or hidden id. */
export function isPersonJid(text: string): boolean {
  const kind = jidKind(text);
  return kind === 'pn' || kind === 'lid';
}

/** `+49…` of a phone-number id; null for every other kind. */
export function phoneOfJid(text: string): string | null {
  const jid = tryParseJid(text);
  return jid?.kind === 'pn' ? `+${jid.user}` : null;
}

/** The phone-number id of digits with or without `+`. Throws INVALID_PHONE_FORMAT. */
export function jidOfPhone(phone: string): string {
  const digits = phone.replace(/^\+/, '');
  if (!/^[1-9]\d{6,14}$/.test(digits)) throw new TandemError('INVALID_PHONE_FORMAT');
  return formatJid({ kind: 'pn', user: digits });
}

/** Schema of an id in canonical form: what engines must send. Checked by form only, because it stands in every observation. */
export const jidSchema = z
  .string()
  .max(LONGEST)
  .regex(
    /^(?:\d{1,20}@(?:s\.whatsapp\.net|lid)|\d{5,25}(?:-\d{5,15})?@g\.us|\d{1,25}@(?:newsletter|broadcast)|status@broadcast)$/,
    'expected a canonical WhatsApp id',
  );

/** Schema of a person's id in canonical form. */
export const personJidSchema = z
  .string()
  .regex(/^\d{1,20}@(?:s\.whatsapp\.net|lid)$/, 'expected the canonical id of a person');
