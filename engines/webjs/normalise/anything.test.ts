import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Observation, observationSchema } from '#engines/contract/observation.ts';
import { createOddities } from './border.ts';
import { observeChat } from './chat.ts';
import { observeContact } from './contact.ts';
import { groupInfo } from './group.ts';
import { observeEdit, observeMessage, observeRemoval, observeRevoke } from './message.ts';
import { observeReaction, observeReactionCarrier } from './reaction.ts';
import { observeAck } from './receipt.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const NOW = 1_795_000_000;
const context = { self, now: NOW, oddities: createOddities() };

/** Anything a page could hand out, with the shapes that matter made likely. */
const odd = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.integer({ min: -5, max: 300 }), { maxLength: 40 }),
  fc.object({ maxDepth: 1, maxKeys: 3 }),
);
const widText = fc.constantFrom(
  '4915100000001@c.us',
  '900000000000001@lid',
  '4915100000002@c.us',
  '4915100000002:7@c.us',
  '900000000000002@lid',
  '120363000000000001@g.us',
  'status@broadcast',
  '1@newsletter',
  '17@broadcast',
  '',
);
const wid = fc.oneof(
  widText,
  widText.map((_serialized) => ({ _serialized })),
  widText.map((text) => ({ user: text.split('@')[0], server: text.split('@')[1], $1: text })),
  odd,
);
const key = fc.oneof(
  fc.record(
    { fromMe: fc.boolean(), remote: wid, id: fc.string({ maxLength: 140 }), participant: wid, $1: odd },
    { requiredKeys: [] },
  ),
  fc
    .tuple(fc.boolean(), widText, fc.string({ maxLength: 20 }), fc.option(widText))
    .map(([me, chat, id, who]) => {
      const end = who === null ? '' : `_${who}`;
      return `${me}_${chat}_${id}${end}`;
    }),
  fc.string({ maxLength: 80 }).map((_serialized) => ({ _serialized })),
  odd,
);
const type = fc.oneof(
  fc.constantFrom(
    'chat', 'image', 'video', 'ptv', 'audio', 'ptt', 'document', 'sticker', 'location', 'vcard', 'multi_vcard',
    'poll_creation', 'ciphertext', 'revoked', 'gp2', 'e2e_notification', 'protocol', 'list', '', '__proto__',
  ),
  odd,
); // biome-ignore format: a list reads better dense
const message = fc.record(
  {
    id: key, type, t: odd, author: wid, chatAlt: wid, authorAlt: wid, ack: odd, notifyName: odd, body: odd,
    caption: odd, loc: odd, title: odd, description: odd, vcardFormattedName: odd, mimetype: odd, size: odd,
    filename: odd, duration: odd, width: odd, height: odd, isGif: odd, mediaKey: odd, directPath: odd,
    clientUrl: odd, filehash: odd, encFilehash: odd, quotedMsg: odd, quotedStanzaID: odd, quotedParticipant: wid,
    mentionedJidList: fc.oneof(fc.array(wid, { maxLength: 4 }), odd), isForwarded: odd, forwardingScore: odd,
    ephemeralDuration: odd, pollName: odd, pollSelectableOptionsCount: odd, messageSecret: odd,
    pollOptions: fc.oneof(fc.array(fc.record({ name: fc.string() }), { maxLength: 70 }), odd),
    latestEditSenderTimestampMs: odd, protocolMessageKey: key, revokeTimestamp: odd,
    reactions: fc.oneof(fc.array(fc.record({ sender: wid, text: odd, at: odd, fromMe: odd }), { maxLength: 3 }), odd),
  },
  { requiredKeys: [] },
); // biome-ignore format: a list reads better dense
const fields = fc.dictionary(
  fc.constantFrom(
    'id', 'alt', 'name', 'formattedTitle', 'unreadCount', 'archive', 'pin', 'muteExpiration', 't', 'pushname',
    'endOfHistoryTransferType', 'ephemeralDuration', 'verifiedName', 'about', 'isBlocked', 'subject', 'desc', 'owner',
    'creation', 'announce', 'restrict', 'isParentGroup', 'groupType', 'parentGroup', 'size', 'participants', 'sender',
    'senderAlt', 'fromMe', 'text', 'at', 'parent', 'carrier',
  ),
  fc.oneof(wid, key, fc.array(fc.record({ id: wid, alt: wid, isAdmin: odd, isSuperAdmin: odd }), { maxLength: 3 })),
); // biome-ignore format: a list reads better dense

describe('webjs/normalise: whatever comes', () => {
  const allValid = (observations: readonly (Observation | null)[]) => {
    for (const observed of observations) {
      if (observed === null) continue;
      const parsed = observationSchema.safeParse(observed);
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
    }
  };

  it('messages, edits, revokes and receipts fit the contract', () => {
    fc.assert(
      fc.property(fc.oneof(message, odd), (raw) => {
        allValid([
          observeMessage(raw, { ...context, via: 'live' }),
          observeEdit(raw, context),
          observeRevoke(raw, context),
          observeRemoval(raw, context),
          observeAck(raw, context),
        ]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('chats, people, groups and reactions fit the contract', () => {
    fc.assert(
      fc.property(fc.oneof(fields, odd), (raw) => {
        const group = groupInfo(raw, context);
        allValid([
          observeChat(raw, context),
          observeContact(raw, context),
          observeReaction(raw, context),
          observeReactionCarrier(raw, context),
          group === null ? null : { kind: 'group', group },
        ]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('keeps what fits of a message with odd fields, and counts the rest', () => {
    fc.assert(
      fc.property(message, (raw) => {
        const sound = {
          type: 'chat',
          body: 'sound',
          t: NOW,
          id: { fromMe: false, remote: '77@c.us', id: 'A1' },
        };
        const mixed = { ...raw, ...sound, protocolMessageKey: undefined };
        const seen = observeMessage(mixed, { ...context, via: 'live' });
        assert.deepEqual(
          [seen?.text, seen?.sentAt, seen?.id, seen?.chat],
          ['sound', NOW, 'A1', '77@s.whatsapp.net'],
        );
      }),
    );
    const oddities = createOddities();
    observeMessage(
      { id: 'true_77@c.us_A1', type: 'chat', body: 5, t: {} },
      { ...context, oddities, via: 'live' },
    );
    assert.deepEqual(oddities.take(), { 'message.body': 1, 'message.t': 1 });
    assert.deepEqual(oddities.take(), {});
  });
});
