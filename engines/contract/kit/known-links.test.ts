import assert from 'node:assert/strict';
import { sampleMessage } from '../samples.ts';
import { createKnownLinks } from './known-links.ts';

const pn = '49151000001@s.whatsapp.net';
const lid = '77001@lid';
const link = { kind: 'identity-link', pn, lid } as const;

describe('engine kit: known links', () => {
  it('tells a pair once, in either order, and again when the number changed or all was forgotten', () => {
    const links = createKnownLinks();
    assert.deepEqual(links.fresh(lid, '49151000001:7@c.us', 'own', 5), [{ ...link, source: 'own', at: 5 }]);
    assert.deepEqual(links.fresh(pn, lid, 'own', 6), []);
    assert.equal(links.fresh('49151000002@s.whatsapp.net', lid, 'own', 7).length, 1);
    links.clear();
    assert.equal(links.fresh('49151000002@s.whatsapp.net', lid, 'own', 8).length, 1);
  });

  it('takes no pair that is none', () => {
    const links = createKnownLinks();
    for (const [a, b] of [
      [pn, pn],
      [pn, null],
      [lid, '1234567-123456@g.us'],
      [{}, lid],
    ]) {
      assert.deepEqual(links.fresh(a, b, 'own', 1), []);
    }
  });

  it('finds the pairs beside what an observation says', () => {
    const base = sampleMessage(1);
    for (const one of [
      { ...base, chat: pn, chatAlt: lid },
      { ...base, sender: lid, senderAlt: pn },
      { kind: 'chat', chat: lid, chatAlt: pn },
      { kind: 'contact', jid: pn, alt: lid },
    ] as const) {
      const [found] = createKnownLinks().within(one, 9);
      assert.deepEqual([found?.pn, found?.lid, found?.at], [pn, lid, 9]);
    }
    assert.deepEqual(createKnownLinks().within(base, 9), []);
  });
});
