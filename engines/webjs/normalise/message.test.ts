import assert from 'node:assert/strict';
import { createOddities } from './border.ts';
import { observeEdit, observeMessage, observeRemoval, observeRevoke, statusOf } from './message.ts';
import { observeReaction, observeReactionCarrier } from './reaction.ts';
import { observeAck } from './receipt.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const NOW = 1_795_000_000;
const context = { self, now: NOW, oddities: createOddities() };
const live = { ...context, via: 'live' } as const;
const friend = '4915100000002@s.whatsapp.net';
const friendLid = '900000000000002@lid';
const group = '120363000000000001@g.us';

const text = (id: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  type: 'chat',
  body: 'hello',
  t: 1_794_000_000,
  ...more,
});

describe('webjs/normalise/message: keys', () => {
  const fields = { fromMe: false, remote: '4915100000002@c.us', id: '3EB0A1' };
  const generations: readonly (readonly [string, unknown])[] = [
    ['four fields and `_serialized`', { ...fields, _serialized: 'false_4915100000002@c.us_3EB0A1' }],
    ['four fields and `$1`', { ...fields, $1: 'false_4915100000002@c.us_3EB0A1' }],
    [
      'a remote that is a Wid',
      { ...fields, remote: { server: 'c.us', user: '4915100000002', _serialized: '4915100000002@c.us' } },
    ],
    [
      'a Wid with a minified text',
      { ...fields, remote: { server: 'c.us', user: '4915100000002', $1: '4915100000002@c.us' } },
    ],
    ['only the text', { _serialized: 'false_4915100000002@c.us_3EB0A1' }],
    ['only `$1`', { $1: 'false_4915100000002@c.us_3EB0A1' }],
    ['a text', 'false_4915100000002@c.us_3EB0A1'],
    ['a device', { ...fields, remote: '4915100000002:12@c.us' }],
  ];
  for (const [name, id] of generations) {
    it(`of the form: ${name}`, () => {
      const seen = observeMessage(text(id), live);
      assert.deepEqual(
        [seen?.chat, seen?.id, seen?.fromMe, seen?.sender, seen?.sentAt],
        [friend, '3EB0A1', false, friend, 1_794_000_000],
      );
    });
  }

  it('does not take the mark of the chat with oneself for an author', () => {
    const seen = observeMessage(text('true_4915100000001@c.us_3EB0A1_out', { ack: 1 }), live);
    assert.deepEqual([seen?.chat, seen?.id, seen?.sender], [self.pn, '3EB0A1', null]);
  });

  it('takes the author of a group message from the key, or from beside it', () => {
    for (const id of [`false_${group}_A1_900000000000002@lid`, `false_${group}_A1`]) {
      const seen = observeMessage(
        text(id, { author: '900000000000002@lid', authorAlt: '4915100000002@c.us' }),
        live,
      );
      assert.deepEqual([seen?.chat, seen?.sender, seen?.senderAlt], [group, friendLid, friend]);
    }
  });

  it('knows own messages in groups by their author, too', () => {
    for (const own of ['4915100000001@c.us', '900000000000001@lid']) {
      const seen = observeMessage(text({ fromMe: false, remote: group, id: 'A1', participant: own }), live);
      assert.deepEqual([seen?.fromMe, seen?.sender], [true, null]);
    }
  });

  it('keeps the other identity of a direct chat beside it, and never mistakes the own one for it', () => {
    const seen = observeMessage(
      text('false_900000000000002@lid_A1', { chatAlt: '4915100000002@c.us' }),
      live,
    );
    assert.deepEqual([seen?.chat, seen?.chatAlt, seen?.senderAlt], [friendLid, friend, friend]);
    const own = observeMessage(text('true_900000000000002@lid_A1', { chatAlt: '4915100000001@c.us' }), live);
    assert.equal(own?.chatAlt, undefined);
  });

  it('leaves out status posts and channels', () => {
    assert.equal(observeMessage(text('false_status@broadcast_A1_77@c.us'), live), null);
    assert.equal(observeMessage(text('false_1@newsletter_A1'), live), null);
  });
});

describe('webjs/normalise/message: content', () => {
  const at = (more: Readonly<Record<string, unknown>>) =>
    observeMessage(text('false_4915100000002@c.us_A1', more), live);

  it('files with what is needed to fetch them later', () => {
    const seen = at({
      type: 'ptt', body: undefined, caption: undefined, mimetype: 'audio/ogg', size: '2048', duration: '7',
      mediaKey: 'a2V5', directPath: '/v/t62', filehash: 'aGFzaA==', encFilehash: 'ZW5j', deprecatedMms3Url: 'https://host/x',
    }); // biome-ignore format: as the page writes it
    assert.equal(seen?.type, 'voice');
    assert.deepEqual(seen.media, {
      mime: 'audio/ogg', bytes: 2_048, seconds: 7, mediaKey: 'a2V5', directPath: '/v/t62', url: 'https://host/x',
      sha256: 'aGFzaA==', encryptedSha256: 'ZW5j',
    }); // biome-ignore format: as the page writes it
    assert.equal(seen.text, undefined);
  });

  it('takes keys as bytes too', () => {
    assert.equal(at({ type: 'image', mediaKey: { 0: 107, 1: 101, 2: 121 } })?.media?.mediaKey, 'a2V5');
    assert.equal(at({ type: 'image', mediaKey: [107, 101, 121] })?.media?.mediaKey, 'a2V5');
    assert.equal(at({ type: 'image', mediaKey: [300] })?.media?.mediaKey, undefined);
  });

  it('quotes, mentions, polls, forwards', () => {
    const seen = at({
      quotedStanzaID: 'Q1',
      quotedParticipant: { server: 'c.us', user: '77', _serialized: '77@c.us' },
      quotedMsg: { type: 'image', caption: 'look', body: 'thumbnail' },
      mentionedJidList: ['77@c.us', { server: 'lid', user: '88', _serialized: '88@lid' }, '77@c.us'],
      isForwarded: true,
      ephemeralDuration: 86_400,
    });
    assert.deepEqual(seen?.quoted, { id: 'Q1', sender: '77@s.whatsapp.net', text: 'look' });
    assert.deepEqual(seen.mentions, ['77@s.whatsapp.net', '88@lid']);
    assert.deepEqual([seen.forwarded, seen.ephemeralSeconds], [true, 86_400]);
    const poll = at({
      type: 'poll_creation',
      body: undefined,
      pollName: 'When?',
      pollOptions: [
        { name: 'now', localId: 0 },
        { name: 'later', localId: 1 },
      ],
      pollSelectableOptionsCount: 1,
    });
    assert.deepEqual(poll?.poll, { question: 'When?', options: ['now', 'later'], maxSelections: 1 });
    assert.equal(poll.text, 'When?');
  });

  it('what cannot be read yet, what was taken back, what nobody wrote, and what is no line of a chat', () => {
    assert.deepEqual([at({ type: 'ciphertext', body: undefined })?.type], ['undecryptable']);
    const revoked = at({ type: 'revoked', body: undefined });
    assert.deepEqual([revoked?.type, revoked?.revoked, revoked?.text], ['other', true, undefined]);
    assert.equal(at({ type: 'gp2', subtype: 'create' })?.type, 'system');
    assert.equal(at({ type: 'protocol' }), null);
    assert.deepEqual(
      [at({ type: 'new_kind', body: 'shown' })?.type, at({ type: 'new_kind', body: 'shown' })?.text],
      ['other', 'shown'],
    );
  });

  it('an edited one carries the newest text and when it was edited', () => {
    assert.equal(at({ latestEditSenderTimestampMs: 1_794_000_060_500 })?.editedAt, 1_794_000_060);
  });
});

describe('webjs/normalise/message: changes', () => {
  it('tells an edit only when it is one', () => {
    const id = 'true_4915100000002@c.us_A1';
    assert.equal(observeEdit(text(id), context), null);
    const seen = observeEdit(text(id, { latestEditSenderTimestampMs: 1_794_000_060_000 }), context);
    assert.deepEqual(seen, {
      kind: 'edit', chat: friend, id: 'A1', fromMe: true, sender: null, text: 'hello', at: 1_794_000_060,
    }); // biome-ignore format: one line says it
  });

  it('names the message that was taken back, not the revoke', () => {
    const seen = observeRevoke(
      {
        id: 'false_4915100000002@c.us_REVOKE',
        type: 'revoked',
        protocolMessageKey: 'false_4915100000002@c.us_A1',
      },
      context,
    );
    assert.deepEqual(seen, {
      kind: 'revoke',
      chat: friend,
      id: 'A1',
      fromMe: false,
      sender: friend,
      at: NOW,
    });
  });

  it('tells whose doing an acknowledgement is', () => {
    const receipt = (chat: string, ack: number) => observeAck({ id: `true_${chat}_A1`, ack }, context);
    assert.deepEqual(receipt('4915100000002@c.us', 1), {
      kind: 'receipt', chat: friend, ids: ['A1'], recipient: null, status: 'sent', at: NOW,
    }); // biome-ignore format: one line says it
    assert.deepEqual(receipt('4915100000002@c.us', 3), {
      kind: 'receipt', chat: friend, ids: ['A1'], recipient: friend, status: 'read', at: NOW,
    }); // biome-ignore format: one line says it
    assert.deepEqual(receipt(group, 2), {
      kind: 'receipt', chat: group, ids: ['A1'], recipient: null, status: 'delivered', at: NOW,
    }); // biome-ignore format: one line says it
    assert.equal(receipt('4915100000002@c.us', 0), null);
    assert.equal(observeAck({ id: 'false_4915100000002@c.us_A1', ack: 2 }, context), null);
    assert.deepEqual(
      [statusOf(-1), statusOf('4'), statusOf('x'), statusOf(9)],
      ['failed', 'played', null, null],
    );
  });

  it('takes a removed message for taken back, and what was never read for none', () => {
    const id = { fromMe: false, remote: '900000000000002@lid', id: 'A1', $1: 'x' };
    const name = { chat: friendLid, id: 'A1', fromMe: false, sender: friendLid };
    assert.deepEqual(observeRemoval(text(id), context), { kind: 'revoke', ...name, at: NOW });
    assert.deepEqual(observeRemoval({ ...text(id), type: 'ciphertext' }, context), {
      kind: 'no-message',
      ...name,
    });
  });

  it('tells who reacted to what', () => {
    const reaction = {
      sender: '900000000000002@lid',
      senderAlt: '4915100000002@c.us',
      text: '👍',
      at: 1_794_000_060_000,
      parent: { fromMe: true, remote: '900000000000002@lid', id: 'A1', $1: 'x' },
    };
    assert.deepEqual(observeReaction(reaction, context), {
      kind: 'reaction', chat: friendLid, id: 'A1', fromMe: true, sender: null, by: friendLid, byAlt: friend,
      emoji: '👍', at: 1_794_000_060,
    }); // biome-ignore format: one line says it
    assert.equal(observeReactionCarrier(reaction, context), null);
    const carrier = { fromMe: false, remote: '900000000000002@lid', id: 'R1', $1: 'x' };
    assert.deepEqual(observeReactionCarrier({ ...reaction, carrier, parentChatAlt: friend }, context), {
      kind: 'no-message', chat: friendLid, chatAlt: friend, id: 'R1', fromMe: false, sender: friendLid, senderAlt: friend,
    }); // biome-ignore format: one line says it
    const own = observeReaction({ ...reaction, sender: '4915100000001@c.us', text: '' }, context);
    assert.deepEqual(own?.kind === 'reaction' && [own.by, own.emoji], [null, '']);
  });
});
