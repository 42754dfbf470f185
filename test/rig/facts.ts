import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { messageShape } from '#orchestrator/services/shapes/message.ts';
import type { OracleMessage } from '#simulator/account/oracle.ts';

type Shown = z.infer<typeof messageShape>;

/** Holds a message as a tool shows it (in detail) against what the account knows of it. `me` is the own LID. */
export function checkMessage(shown: Shown, truth: OracleMessage, me: string): void {
  const at = `${truth.chatKey} ${truth.id} ${truth.type}`;
  assert.equal(shown.id, truth.id, at);
  assert.equal(shown.chat_jid, truth.chatJid, at);
  assert.equal(shown.from_me, truth.fromMe, at);
  assert.equal(Date.parse(shown.timestamp) / 1_000, truth.timeSeconds, at);
  if (!truth.fromMe && truth.type !== 'notice') assert.equal(shown.sender?.jid, truth.senderJid, at);
  assert.equal(shown.deleted_at !== undefined, truth.revoked, at);
  if (truth.revoked) {
    assert.equal(shown.text, undefined, at);
    return;
  }
  if (truth.text !== null) assert.equal(plain(shown.text), plain(truth.text), at);
  assert.equal(shown.edited_at !== undefined, truth.edited, at);
  assert.equal(shown.quoted?.id ?? null, truth.quotedId, at);
  assert.deepEqual(sorted(shown.mentions ?? []), sorted(truth.mentions), at);
  const reactions = (shown.reactions ?? []).map(({ by, emoji }) => `${by?.jid ?? me} ${emoji}`);
  assert.deepEqual(
    sorted(reactions),
    sorted(truth.reactions.map((one) => `${one.senderJid} ${one.emoji}`)),
    at,
  );
  // In a group the receipts of single readers do not add up to a status; what the phone said before stands.
  const isCounted = truth.chatJid.endsWith('@g.us') && shown.status === 'sent';
  if (truth.status !== null && !isCounted) assert.equal(shown.status, SHOWN_STATUS[truth.status], at);
}

const SHOWN_STATUS = {
  pending: 'pending',
  server: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'played',
} as const;

/** Tools take characters away that hide instructions from readers; the account keeps them. */
function plain(text: string | undefined): string | undefined {
  return text?.replace(/\p{Cf}/gu, '').normalize('NFC');
}

export function sorted(values: readonly string[]): readonly string[] {
  return values.toSorted((a, b) => (a < b ? -1 : 1));
}

/** A word that stands in a few messages only, and the ids of all of them. */
export function tellingWord(messages: readonly OracleMessage[]): {
  readonly word: string;
  readonly ids: readonly string[];
} {
  const places = new Map<string, Set<OracleMessage>>();
  for (const message of messages) {
    for (const word of message.text?.toLowerCase().match(/(?<![\p{L}\p{N}])[a-z]{6,}(?![\p{L}\p{N}'])/gu) ??
      []) {
      const found = places.get(word) ?? new Set();
      places.set(word, found.add(message));
    }
  }
  const [word, found] = [...places].find(([, { size }]) => size >= 2 && size <= 20) ?? [];
  assert.ok(word !== undefined && found !== undefined, 'no word stands in a few messages');
  return { word, ids: sorted([...found].map(({ id }) => id)) };
}
