import assert from 'node:assert/strict';
import { proto, type WAMessage } from '@whiskeysockets/baileys';
import { type Observation, observationSchema } from '#engines/contract/observation.ts';
import { contentOf } from './content.ts';
import { observeMessage } from './message.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const other = '4915100000002@s.whatsapp.net';
const otherLid = '900000000000002@lid';
const group = '120363000000000001@g.us';
const NOW = 1_795_000_000;
const context = { self, via: 'live', now: NOW } as const;

function one(message: Partial<WAMessage> & Pick<WAMessage, 'key'>): Observation {
  const all = observeMessage({ messageTimestamp: NOW, ...message } as WAMessage, context);
  // A change says behind it that its own stanza is no message.
  const observed = all.filter(({ kind }) => kind !== 'no-message');
  assert.equal(observed.length, 1);
  assert.equal(all.length, observed[0]?.kind === 'message' ? 1 : 2);
  const [first] = observed;
  if (first === undefined) throw new Error('nothing');
  assert.deepEqual(observationSchema.safeParse(first).error?.issues, undefined);
  return first;
}

const direct = { remoteJid: otherLid, remoteJidAlt: other, id: 'A1', fromMe: false };
const inGroup = { remoteJid: group, id: 'A1', fromMe: false, participant: otherLid, participantAlt: other };

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

  it('tells which stanzas were no message, but not of keys that come in front of one', () => {
    const { Type } = proto.Message.ProtocolMessage;
    const about = { remoteJid: group, id: 'M1', fromMe: false, participant: self.lid };
    const name = { chat: group, id: 'A1', fromMe: false, sender: otherLid, senderAlt: other };
    const kinds = (message: proto.IMessage, category?: string) => {
      const observed = observeMessage(
        { key: inGroup, messageTimestamp: NOW, message, category } as WAMessage,
        context,
      );
      for (const seen of observed)
        if (seen.kind === 'no-message') assert.deepEqual(seen, { kind: 'no-message', ...name });
      return observed.map(({ kind }) => kind);
    };
    // An admin takes back what somebody else wrote: the stanza is the admin's.
    assert.deepEqual(kinds({ protocolMessage: { type: Type.REVOKE, key: about } }), ['revoke', 'no-message']);
    assert.deepEqual(kinds({ reactionMessage: { key: about, text: '' } }), ['reaction', 'no-message']);
    assert.deepEqual(kinds({ protocolMessage: { type: Type.EPHEMERAL_SETTING } }), ['chat', 'no-message']);
    assert.deepEqual(kinds({ pollUpdateMessage: {} }), ['no-message']);
    assert.deepEqual(kinds({ protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE } }), ['no-message']);
    assert.deepEqual(kinds({ protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE } }, 'peer'), []);
    assert.deepEqual(kinds({ senderKeyDistributionMessage: { groupId: group } }), []);
    assert.deepEqual(kinds({ senderKeyDistributionMessage: { groupId: group }, conversation: 'hi' }), [
      'message',
    ]);
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
