import type { BinaryNode } from '@whiskeysockets/baileys';
import { jidKind } from '#engines/contract/identity.ts';
import { clipName, said, toJid, toPerson, toTime } from '#engines/contract/kit/scalars.ts';
import { isSelf, type Self } from '#engines/contract/kit/self.ts';
import { altOf } from '#engines/contract/kit/target.ts';
import type { MessageStatus } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';

/** By type of the stanza; a map, because the type is any text. */
const STATUS: ReadonlyMap<string, MessageStatus> = new Map([
  ['', 'delivered'],
  ['inactive', 'delivered'],
  ['read', 'read'],
  ['played', 'played'],
]);
const IDS_MAX = 1_000;

/**
 * A receipt stanza → what it says. Read from the stanza and not from the library's events, which come after the
 * stanza was acknowledged and are merged with others.
 */
export function observeReceipt(node: BinaryNode, self: Self, now: number): readonly Observation[] {
  const { attrs } = node;
  const from = toJid(attrs.from);
  const ids = idsOf(node);
  if (from === null || ids.length === 0) return [];
  const at = toTime(attrs.t) ?? now;
  const actor = toPerson(attrs.participant) ?? toPerson(from);
  if (isSelf(self, actor) || attrs.type === 'read-self') return ownReading(node, from, at);
  const status = STATUS.get(attrs.type ?? '');
  if (status === undefined) return [];
  const kind = jidKind(from);
  if (kind === 'group') {
    if (actor === null) return aggregated(node, from, status, at);
    const recipientAlt = altOf(actor, attrs.participant_pn ?? attrs.participant_lid, self);
    return [{ kind: 'receipt', chat: from, ids, recipient: actor, ...said({ recipientAlt }), status, at }];
  }
  if (kind !== 'pn' && kind !== 'lid') return [];
  const chatAlt = altOf(from, attrs.sender_pn ?? attrs.sender_lid, self);
  return [
    {
      kind: 'receipt',
      chat: from,
      ids,
      recipient: from,
      ...said({ chatAlt, recipientAlt: chatAlt }),
      status,
      at,
    },
  ];
}

/** Another own device has read messages of the chat. */
function ownReading({ attrs }: BinaryNode, from: string, at: number): readonly Observation[] {
  if (attrs.type !== 'read' && attrs.type !== 'read-self') return [];
  const chat = jidKind(from) === 'group' ? from : toJid(attrs.recipient);
  return chat === null ? [] : [{ kind: 'chat', chat, readAt: at }];
}

/** Large groups: one stanza for many people, one list for each message. */
function aggregated(
  node: BinaryNode,
  chat: string,
  status: MessageStatus,
  at: number,
): readonly Observation[] {
  return childrenOf(node, 'participants').flatMap((list) => {
    const id = clipName(list.attrs.key, 128);
    if (id === null) return [];
    return childrenOf(list, 'user').flatMap((user): Observation[] => {
      const recipient = toPerson(user.attrs.jid);
      if (recipient === null) return [];
      return [{ kind: 'receipt', chat, ids: [id], recipient, status, at: toTime(user.attrs.t) ?? at }];
    });
  });
}

function idsOf(node: BinaryNode): string[] {
  const listed = childrenOf(node, 'list').flatMap((list) =>
    childrenOf(list, 'item').map((item) => item.attrs.id),
  );
  return [node.attrs.id, ...listed]
    .map((id) => clipName(id, 128))
    .filter((id) => id !== null)
    .slice(0, IDS_MAX);
}

function childrenOf(node: BinaryNode, tag: string): readonly BinaryNode[] {
  return Array.isArray(node.content) ? node.content.filter((child) => child.tag === tag) : [];
}
