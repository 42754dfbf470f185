import assert from 'node:assert/strict';
import { observeReceipt } from './receipt.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const other = '4915100000002@s.whatsapp.net';
const otherLid = '900000000000002@lid';
const group = '120363000000000001@g.us';
const NOW = 1_795_000_000;

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
