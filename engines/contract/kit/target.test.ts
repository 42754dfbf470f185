import assert from 'node:assert/strict';
import { altOf, type KeyFacts, targetOfFacts } from './target.ts';

const self = { pn: '49151000000@s.whatsapp.net', lid: '700@lid' };
const pn = '49151000001@s.whatsapp.net';
const lid = '701@lid';
const group = '123456789012345678@g.us';
const facts: KeyFacts = {
  fromMe: false,
  remote: lid,
  id: 'A1',
  participant: null,
  remoteAlt: pn,
  participantAlt: null,
};
const target = (change: Partial<KeyFacts>) => targetOfFacts({ ...facts, ...change }, self);

describe('engine kit: targets', () => {
  it('names a message of a direct chat, with both identities of the other', () => {
    const base = { chat: lid, id: 'A1', chatAlt: pn };
    assert.deepEqual(target({}), { ...base, fromMe: false, sender: lid, senderAlt: pn });
    assert.deepEqual(target({ fromMe: true }), { ...base, fromMe: true, sender: null });
  });

  it('knows in groups who wrote it, and that it was the account itself', () => {
    const base = { chat: group, id: 'A1' };
    const there = { remote: group, remoteAlt: null };
    assert.deepEqual(target({ ...there, participant: lid, participantAlt: pn }), {
      ...base,
      fromMe: false,
      sender: lid,
      senderAlt: pn,
    });
    for (const participant of [self.pn, self.lid]) {
      assert.deepEqual(target({ ...there, participant }), { ...base, fromMe: true, sender: null });
    }
  });

  it('reads a broadcast of somebody in the chat with them, and leaves out what Tandem does not keep', () => {
    const broadcast = { remote: '1234567@broadcast', participant: lid };
    assert.deepEqual(target(broadcast), { chat: lid, id: 'A1', fromMe: false, sender: lid });
    assert.equal(target({ ...broadcast, fromMe: true })?.chat, '1234567@broadcast');
    assert.equal(target({ ...broadcast, participant: null }), null);
    assert.equal(target({ remote: 'status@broadcast', participant: lid }), null);
    assert.equal(target({ remote: '1234567@newsletter' }), null);
  });

  it('takes no identity of the account for one of somebody else', () => {
    assert.equal(altOf(lid, '49151000001:4@c.us', self), pn);
    assert.equal(altOf(lid, self.pn, self), null);
    assert.equal(altOf(self.lid, self.pn, self), self.pn);
    for (const odd of [lid, group, null, {}, '']) assert.equal(altOf(lid, odd, self), null);
  });
});
