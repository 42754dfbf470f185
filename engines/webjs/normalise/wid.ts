import { isPersonJid, normaliseJid } from '#engines/contract/identity.ts';

/**
 * The canonical id of whatever the page uses as one: a text, or a Wid. Wids cross as `{server, user, _serialized}`, and the
 * name of the last field is the page's own business, so the other two are enough.
 */
export function toJid(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : normaliseJid(value);
  if (typeof value !== 'object' || value === null) return null;
  const { _serialized, user, server } = value as Record<string, unknown>;
  if (typeof _serialized === 'string') return normaliseJid(_serialized);
  return typeof user === 'string' && typeof server === 'string' ? normaliseJid(`${user}@${server}`) : null;
}

export function toPerson(value: unknown): string | null {
  const jid = toJid(value);
  return jid !== null && isPersonJid(jid) ? jid : null;
}
