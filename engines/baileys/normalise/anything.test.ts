import assert from 'node:assert/strict';
import type { Chat, Contact, GroupMetadata, WAMessage } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { type Observation, observationSchema } from '#engines/contract/observation.ts';
import { observeChatUpdate, observeStoredChat } from './chat.ts';
import { observeContact } from './contact.ts';
import { groupInfo, observeMembers } from './group.ts';
import { observeMessage, observeStoredReceipts } from './message.ts';
import { observeReceipt } from './receipt.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const other = '4915100000002@s.whatsapp.net';
const otherLid = '900000000000002@lid';
const group = '120363000000000001@g.us';
const NOW = 1_795_000_000;
const context = { self, via: 'live', now: NOW } as const;

/** Anything a peer could put into a message, with the shapes that matter made likely. */
const anyJid = fc.oneof(
  fc.constantFrom(
    self.pn,
    self.lid,
    other,
    otherLid,
    group,
    'status@broadcast',
    '1@newsletter',
    '4915100000002:5@s.whatsapp.net',
    '77@c.us',
    '',
  ),
  fc.string({ maxLength: 90 }),
);
const odd = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.integer(),
  fc.double(),
  fc.constant(null),
  fc.constant(undefined),
  fc.uint8Array({ maxLength: 80 }),
);
const anyKey = fc.record(
  {
    remoteJid: anyJid,
    fromMe: fc.boolean(),
    id: fc.string({ maxLength: 200 }),
    participant: anyJid,
    remoteJidAlt: anyJid,
    participantAlt: anyJid,
  },
  { requiredKeys: [] },
);
const anyContext = fc.record(
  {
    stanzaId: odd,
    participant: odd,
    mentionedJid: fc.array(odd, { maxLength: 4 }),
    expiration: odd,
    isForwarded: odd,
  },
  { requiredKeys: [] },
);
const anyFile = fc.record(
  {
    mimetype: odd,
    fileLength: odd,
    seconds: odd,
    width: odd,
    height: odd,
    mediaKey: odd,
    directPath: odd,
    url: odd,
    fileSha256: odd,
    caption: odd,
    contextInfo: anyContext,
  },
  { requiredKeys: [] },
);
const anyContent = fc.oneof(
  fc.record({ conversation: fc.string({ maxLength: 200 }) }),
  fc.record({ extendedTextMessage: fc.record({ text: odd, contextInfo: anyContext }) }),
  fc
    .constantFrom(
      'imageMessage',
      'videoMessage',
      'audioMessage',
      'documentMessage',
      'stickerMessage',
      'ptvMessage',
    )
    .chain((kind) => anyFile.map((file) => ({ [kind]: file }))),
  fc.record({
    pollCreationMessageV3: fc.record({
      name: odd,
      options: fc.array(fc.record({ optionName: odd }), { maxLength: 70 }),
      selectableOptionsCount: odd,
    }),
  }),
  fc.record({ reactionMessage: fc.record({ key: anyKey, text: odd, senderTimestampMs: odd }) }),
  fc.record({
    protocolMessage: fc.record({
      type: fc.constantFrom(0, 3, 14, 5, 99),
      key: anyKey,
      editedMessage: fc.record({ conversation: odd }),
      timestampMs: odd,
      ephemeralExpiration: odd,
    }),
  }),
  fc.record(
    { contactMessage: fc.record({ displayName: odd }), locationMessage: fc.record({ name: odd }) },
    { requiredKeys: [] },
  ),
);
const anyMessage = fc.record({
  key: anyKey,
  message: fc.oneof(
    anyContent,
    fc.constant(null),
    anyContent.map((message) => ({ ephemeralMessage: { message } })),
  ),
  messageTimestamp: odd,
  messageStubType: fc.option(fc.integer({ min: -1, max: 220 })),
  pushName: odd,
  status: odd,
  participant: anyJid,
  reactions: fc.array(fc.record({ key: anyKey, text: odd, senderTimestampMs: odd }), { maxLength: 3 }),
  userReceipt: fc.array(
    fc.record({ userJid: anyJid, receiptTimestamp: odd, readTimestamp: odd, playedTimestamp: odd }),
    { maxLength: 3 },
  ),
});

describe('baileys/normalise: whatever comes', () => {
  const allValid = (observations: readonly (Observation | null)[]) => {
    for (const observed of observations) {
      if (observed === null) continue;
      const parsed = observationSchema.safeParse(observed);
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
    }
  };

  it('messages fit the contract', () => {
    fc.assert(
      fc.property(anyMessage, (raw) => {
        const message = raw as unknown as WAMessage;
        allValid([...observeMessage(message, context), ...observeStoredReceipts(message, context)]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('chats, contacts, groups and receipts fit the contract', () => {
    const fields = fc.dictionary(
      fc.constantFrom(
        'id',
        'name',
        'unreadCount',
        'pinned',
        'muteEndTime',
        'archived',
        'lid',
        'phoneNumber',
        'notify',
        'pnJid',
        'lidJid',
        'subject',
        'desc',
        'owner',
        'creation',
        'size',
        'linkedParent',
        'conversationTimestamp',
        'ephemeralExpiration',
        'verifiedName',
        'addressingMode',
      ),
      fc.oneof(anyJid, odd, fc.boolean()),
    );
    const attrs = fc.dictionary(
      fc.constantFrom('from', 'id', 't', 'type', 'participant', 'recipient', 'sender_pn'),
      fc.oneof(anyJid, fc.constantFrom('read', 'played', '12', 'read-self', 'valueOf', '__proto__')),
    );
    fc.assert(
      fc.property(fields, attrs, anyJid, (raw, node, jid) => {
        const group = groupInfo({
          id: jid,
          ...raw,
          participants: [{ id: jid, admin: 'admin' }],
        } as unknown as GroupMetadata);
        allValid([
          observeStoredChat(raw as unknown as Chat, self),
          observeChatUpdate(raw, { now: NOW, fromSnapshot: false }),
          observeContact(raw as unknown as Contact, self),
          observeMembers({ id: jid, action: 'add', participants: [{ id: jid }] }, NOW),
          ...(group === null ? [] : [{ kind: 'group', group } as const]),
          ...observeReceipt({ tag: 'receipt', attrs: node }, self, NOW),
        ]);
      }),
      { numRuns: 3_000 },
    );
  });
});
