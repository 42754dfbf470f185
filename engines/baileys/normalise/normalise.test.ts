import assert from 'node:assert/strict';
import { type Chat, type Contact, type GroupMetadata, proto, type WAMessage } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { type Observation, observationSchema } from '#engines/contract/observation.ts';
import { observeChatUpdate, observeStoredChat } from './chat.ts';
import { observeContact } from './contact.ts';
import { contentOf } from './content.ts';
import { groupInfo, observeMembers } from './group.ts';
import { observeMessage, observeStoredReceipts } from './message.ts';
import { observeReceipt } from './receipt.ts';
import { clip, said, toBase64, toNumber, toSeconds } from './scalars.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const other = '4915100000002@s.whatsapp.net';
const otherLid = '900000000000002@lid';
const group = '120363000000000001@g.us';
const NOW = 1_795_000_000;
const context = { self, via: 'live', now: NOW } as const;

function one(message: Partial<WAMessage> & Pick<WAMessage, 'key'>): Observation {
  const observed = observeMessage({ messageTimestamp: NOW, ...message } as WAMessage, context);
  assert.equal(observed.length, 1);
  const [first] = observed;
  if (first === undefined) throw new Error('nothing');
  assert.deepEqual(observationSchema.safeParse(first).error?.issues, undefined);
  return first;
}

const direct = { remoteJid: otherLid, remoteJidAlt: other, id: 'A1', fromMe: false };
const inGroup = { remoteJid: group, id: 'A1', fromMe: false, participant: otherLid, participantAlt: other };

describe('baileys/normalise: scalars', () => {
  it('reads numbers in every dress', () => {
    const long = { low: -1, high: 0, unsigned: true };
    assert.deepEqual(
      [5, '5', 5n, long, { low: 5, high: 1, unsigned: false }, 'x', null, undefined, Number.NaN].map(
        toNumber,
      ),
      [5, 5, 5, 4_294_967_295, 4_294_967_301, null, null, null, null],
    );
    assert.equal(toNumber({ low: -1, high: -1, unsigned: false }), -1);
  });

  it('reads times in seconds and milliseconds', () => {
    assert.deepEqual([NOW, NOW * 1_000, -1, 1e20].map(toSeconds), [NOW, NOW, null, null]);
  });

  it('never cuts a character in two', () => {
    assert.equal(clip('ab😀', 3), 'ab');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, max) => {
        const clipped = clip(text, max) ?? '';
        return (
          clipped.length <= max &&
          text.startsWith(clipped) &&
          clipped.isWellFormed() === text.slice(0, clipped.length).isWellFormed()
        );
      }),
    );
  });

  it('drops what is not said', () => {
    assert.deepEqual(said({ a: null, b: undefined, c: 0, d: '' }), { c: 0, d: '' });
    assert.equal(toBase64(new Uint8Array(100), 64), null);
  });
});

describe('baileys/normalise: messages', () => {
  it('names direct chats with both identities', () => {
    assert.deepEqual(one({ key: direct, message: { conversation: 'hi' }, pushName: 'Ann' }), {
      kind: 'message',
      via: 'live',
      chat: otherLid,
      chatAlt: other,
      id: 'A1',
      fromMe: false,
      sender: otherLid,
      senderAlt: other,
      sentAt: NOW,
      type: 'text',
      text: 'hi',
      pushName: 'Ann',
    });
  });

  it('strips devices and old servers', () => {
    const observed = one({
      key: { ...direct, remoteJid: '4915100000002:7@c.us', remoteJidAlt: '900000000000002:7@lid' },
      message: { conversation: '' },
    });
    assert.deepEqual(observed.kind === 'message' && [observed.chat, observed.chatAlt], [other, otherLid]);
  });

  it('takes the own other identity for nobody else', () => {
    const observed = one({
      key: { remoteJid: other, remoteJidAlt: self.lid, id: 'A1', fromMe: true },
      message: { conversation: 'x' },
    });
    assert.equal(observed.kind === 'message' && observed.chatAlt, undefined);
  });

  it('knows own messages in groups by their author', () => {
    const observed = one({
      key: { ...inGroup, participant: self.lid, participantAlt: undefined },
      message: { conversation: 'x' },
    });
    assert.deepEqual(observed.kind === 'message' && [observed.fromMe, observed.sender], [true, null]);
  });

  it('reads a broadcast of somebody else in the chat with them', () => {
    const observed = one({
      key: { remoteJid: '123456@broadcast', id: 'A1', fromMe: false, participant: other },
      message: { conversation: 'x' },
    });
    assert.equal(observed.kind === 'message' && observed.chat, other);
  });

  it('keeps status updates and newsletters out', () => {
    for (const remoteJid of ['status@broadcast', '123456789@newsletter', 'nonsense', '']) {
      const message = {
        key: { remoteJid, id: 'A1', participant: other },
        message: { conversation: 'x' },
      } as WAMessage;
      assert.deepEqual(observeMessage(message, context), []);
    }
  });

  it('maps every kind of content', () => {
    const file = { mimetype: 'a/b', fileLength: 5, mediaKey: new Uint8Array(32), directPath: '/x' };
    const kinds: readonly (readonly [string, proto.IMessage, string | undefined])[] = [
      ['text', { conversation: 'x' }, 'x'],
      ['text', { extendedTextMessage: { text: 'x' } }, 'x'],
      ['text', { ephemeralMessage: { message: { extendedTextMessage: { text: 'x' } } } }, 'x'],
      ['image', { imageMessage: { ...file, caption: 'x' } }, 'x'],
      ['image', { viewOnceMessageV2: { message: { imageMessage: file } } }, undefined],
      ['video', { videoMessage: file }, undefined],
      ['gif', { videoMessage: { ...file, gifPlayback: true } }, undefined],
      ['video', { ptvMessage: file }, undefined],
      ['audio', { audioMessage: file }, undefined],
      ['voice', { audioMessage: { ...file, ptt: true } }, undefined],
      [
        'document',
        { documentWithCaptionMessage: { message: { documentMessage: { ...file, caption: 'x' } } } },
        'x',
      ],
      ['sticker', { stickerMessage: file }, undefined],
      ['location', { locationMessage: { name: 'x', address: 'y' } }, 'x\ny'],
      ['location', { liveLocationMessage: { caption: 'x' } }, 'x'],
      ['contact', { contactMessage: { displayName: 'x' } }, 'x'],
      ['contact', { contactsArrayMessage: { displayName: 'x' } }, 'x'],
      ['poll', { pollCreationMessageV3: { name: 'x', options: [{ optionName: 'a' }] } }, 'x'],
      ['other', { buttonsMessage: { contentText: 'x' } }, 'x'],
      ['other', { eventMessage: { name: 'x' } }, 'x'],
      ['other', { sendPaymentMessage: {} }, undefined],
    ];
    for (const [type, content, text] of kinds) {
      const observed = one({ key: direct, message: content });
      assert.deepEqual(
        observed.kind === 'message' && [observed.type, observed.text],
        [type, text],
        Object.keys(content)[0],
      );
    }
  });

  it('takes protocol traffic for no message', () => {
    const silent: readonly proto.IMessage[] = [
      { senderKeyDistributionMessage: { groupId: group } },
      { protocolMessage: { type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE } },
      { pollUpdateMessage: {} },
      { messageContextInfo: {} },
      {},
    ];
    for (const message of silent) {
      assert.deepEqual(
        observeMessage({ key: direct, messageTimestamp: NOW, message } as WAMessage, context),
        [],
      );
    }
    assert.equal(contentOf(null), null);
  });

  it('reads quotes, mentions and marks', () => {
    const contextInfo = {
      stanzaId: 'Q1',
      participant: '900000000000001:3@lid',
      quotedMessage: { imageMessage: { caption: 'before' } },
      mentionedJid: [other, other, 'nonsense'],
      isForwarded: true,
      expiration: 86_400,
    };
    const observed = one({ key: direct, message: { extendedTextMessage: { text: 'x', contextInfo } } });
    assert.ok(observed.kind === 'message');
    assert.deepEqual(observed.quoted, { id: 'Q1', sender: self.lid, text: 'before' });
    assert.deepEqual(
      [observed.mentions, observed.forwarded, observed.ephemeralSeconds],
      [[other], true, 86_400],
    );
  });

  it('turns the point of view of reactions', () => {
    const react = (key: WAMessage['key'], about: proto.IMessageKey) =>
      one({ key, message: { reactionMessage: { key: about, text: '👍', senderTimestampMs: NOW * 1_000 } } });
    const cases = [
      // They react to what I wrote: from their side it is not theirs.
      [react(direct, { remoteJid: self.pn, fromMe: false, id: 'M1' }), true, null, otherLid],
      // They react to their own.
      [react(direct, { remoteJid: self.pn, fromMe: true, id: 'M1' }), false, otherLid, otherLid],
      // I react on the phone to theirs.
      [
        react({ ...direct, fromMe: true }, { remoteJid: otherLid, fromMe: false, id: 'M1' }),
        false,
        otherLid,
        null,
      ],
      [
        react(inGroup, { remoteJid: group, fromMe: false, id: 'M1', participant: self.lid }),
        true,
        null,
        otherLid,
      ],
      [
        react(inGroup, { remoteJid: group, fromMe: false, id: 'M1', participant: '900000000000003@lid' }),
        false,
        '900000000000003@lid',
        otherLid,
      ],
      [
        react(inGroup, { remoteJid: group, fromMe: true, id: 'M1', participant: otherLid }),
        false,
        otherLid,
        otherLid,
      ],
    ] as const;
    cases.forEach(([observed, fromMe, sender, by], index) => {
      assert.ok(observed.kind === 'reaction');
      assert.deepEqual(
        [observed.id, observed.fromMe, observed.sender, observed.by],
        ['M1', fromMe, sender, by],
        String(index),
      );
    });
  });

  it('reads edits and revokes, live and stored', () => {
    const { Type } = proto.Message.ProtocolMessage;
    const key = { remoteJid: self.pn, fromMe: true, id: 'M1' };
    const edit = {
      type: Type.MESSAGE_EDIT,
      key,
      editedMessage: { conversation: 'new' },
      timestampMs: (NOW + 5) * 1_000,
    };
    assert.deepEqual(
      one({ key: direct, message: { editedMessage: { message: { protocolMessage: edit } } } }),
      {
        kind: 'edit',
        chat: otherLid,
        chatAlt: other,
        id: 'M1',
        fromMe: false,
        sender: otherLid,
        senderAlt: other,
        text: 'new',
        at: NOW + 5,
      },
    );
    const stored = one({
      key: { ...direct, id: 'M1' },
      message: { editedMessage: { message: { protocolMessage: edit } } },
    });
    assert.deepEqual(stored.kind === 'message' && [stored.text, stored.editedAt], ['new', NOW + 5]);
    const revoke = one({
      key: inGroup,
      message: {
        protocolMessage: {
          type: Type.REVOKE,
          key: { ...key, participant: '900000000000003@lid', fromMe: false },
        },
      },
    });
    assert.deepEqual(revoke.kind === 'revoke' && [revoke.id, revoke.fromMe, revoke.sender], [
      'M1',
      false,
      '900000000000003@lid',
    ]);
    const gone = one({ key: direct, messageStubType: proto.WebMessageInfo.StubType.REVOKE });
    assert.deepEqual(gone.kind === 'message' && [gone.revoked, gone.type, gone.text], [
      true,
      'other',
      undefined,
    ]);
  });

  it('knows what it cannot read from what nobody wrote', () => {
    const { StubType } = proto.WebMessageInfo;
    const types = [StubType.CIPHERTEXT, StubType.GROUP_CREATE].map((messageStubType) => {
      const observed = one({ key: inGroup, messageStubType });
      return observed.kind === 'message' ? observed.type : null;
    });
    assert.deepEqual(types, ['undecryptable', 'system']);
  });

  it('clips what is too long', () => {
    const observed = one({
      key: direct,
      message: { conversation: 'x'.repeat(100_000) },
      pushName: 'n'.repeat(999),
    });
    assert.ok(observed.kind === 'message');
    assert.deepEqual([observed.text?.length, observed.pushName?.length], [70_000, 200]);
  });
});

describe('baileys/normalise: receipts', () => {
  const receipt = (
    attrs: Record<string, string>,
    content?: Parameters<typeof observeReceipt>[0]['content'],
  ) =>
    observeReceipt(
      { tag: 'receipt', attrs: { id: 'M1', t: String(NOW), ...attrs }, ...(content ? { content } : {}) },
      self,
      NOW,
    );

  it('reads who got, read and played what', () => {
    const list = [{ tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: 'M2' } }] }];
    const [delivered] = receipt({ from: '900000000000002:4@lid', sender_pn: other }, list);
    assert.deepEqual(delivered, {
      kind: 'receipt',
      chat: otherLid,
      chatAlt: other,
      ids: ['M1', 'M2'],
      recipient: otherLid,
      recipientAlt: other,
      status: 'delivered',
      at: NOW,
    });
    const [read] = receipt({ from: group, participant: otherLid, type: 'read' });
    assert.deepEqual(read?.kind === 'receipt' && [read.chat, read.recipient, read.status], [
      group,
      otherLid,
      'read',
    ]);
    assert.deepEqual(receipt({ from: otherLid, type: 'retry' }), []);
  });

  it('takes own reading for the state of the chat', () => {
    assert.deepEqual(receipt({ from: self.pn, recipient: otherLid, type: 'read' }), [
      { kind: 'chat', chat: otherLid, readAt: NOW },
    ]);
    assert.deepEqual(receipt({ from: group, participant: self.lid, type: 'read-self' }), [
      { kind: 'chat', chat: group, readAt: NOW },
    ]);
    assert.deepEqual(receipt({ from: self.pn, recipient: otherLid, type: 'sender' }), []);
  });

  it('reads the lists of large groups', () => {
    const users = [{ tag: 'user', attrs: { jid: otherLid, t: String(NOW) } }];
    const content = [{ tag: 'participants', attrs: { key: 'M9' }, content: users }];
    const [first] = receipt({ from: group, type: 'read' }, content);
    assert.deepEqual(first?.kind === 'receipt' && [first.ids, first.recipient], [['M9'], otherLid]);
  });
});

describe('baileys/normalise: chats', () => {
  it('reads a stored chat', () => {
    const end = proto.Conversation.EndOfHistoryTransferType.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY;
    const forever = { low: -1, high: -1, unsigned: true } as unknown as number;
    assert.deepEqual(
      observeStoredChat(
        {
          id: otherLid,
          pnJid: other,
          unreadCount: 3,
          pinned: NOW,
          muteEndTime: forever,
          endOfHistoryTransferType: end,
        } as Chat,
        self,
      ),
      {
        kind: 'chat',
        chat: otherLid,
        chatAlt: other,
        unread: 3,
        pinnedAt: NOW,
        historyEnd: 'start-reached',
        mutedUntil: 0,
      },
    );
  });

  it('tells changes from the library counting for itself', () => {
    const update = (fields: object, fromSnapshot = false) =>
      observeChatUpdate({ id: other, ...fields }, { now: NOW, fromSnapshot });
    assert.equal(update({ unreadCount: 1, conversationTimestamp: NOW }), null);
    assert.deepEqual(update({ unreadCount: 0 }), {
      kind: 'chat',
      chat: other,
      unread: 0,
      markedUnread: false,
      readAt: NOW,
    });
    assert.equal(update({ unreadCount: 0 }, true), null);
    assert.deepEqual(update({ unreadCount: -1 }, true), { kind: 'chat', chat: other, markedUnread: true });
    assert.deepEqual(update({ muteEndTime: null, pinned: null }), {
      kind: 'chat',
      chat: other,
      pinnedAt: null,
      mutedUntil: null,
    });
  });
});

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
      fc.oneof(anyJid, fc.constantFrom('read', 'played', '12', 'read-self')),
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
