import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatJid,
  isPersonJid,
  jidKind,
  jidOfPhone,
  jidSchema,
  normaliseJid,
  parseJid,
  personJidSchema,
  phoneOfJid,
  tryParseJid,
} from './identity.ts';

const accepted: readonly (readonly [string, string, string, number | null])[] = [
  ['4915112345678@s.whatsapp.net', 'pn', '4915112345678@s.whatsapp.net', null],
  ['4915112345678@c.us', 'pn', '4915112345678@s.whatsapp.net', null],
  ['4915112345678:12@s.whatsapp.net', 'pn', '4915112345678@s.whatsapp.net', 12],
  ['4915112345678_1:12@s.whatsapp.net', 'pn', '4915112345678@s.whatsapp.net', 12],
  ['4915112345678:99@hosted', 'pn', '4915112345678@s.whatsapp.net', 99],
  ['98765432109876@lid', 'lid', '98765432109876@lid', null],
  ['98765432109876:3@lid', 'lid', '98765432109876@lid', 3],
  ['98765432109876:99@hosted.lid', 'lid', '98765432109876@lid', 99],
  ['120363041234567890@g.us', 'group', '120363041234567890@g.us', null],
  ['4915112345678-1500000000@g.us', 'group', '4915112345678-1500000000@g.us', null],
  ['120363041234567890@newsletter', 'newsletter', '120363041234567890@newsletter', null],
  ['1500000000@broadcast', 'broadcast', '1500000000@broadcast', null],
  ['status@broadcast', 'status', 'status@broadcast', null],
];

const refused = [
  '', '@', '@lid', 'abc@lid', '49@', '49151', '+4915112345678', '49 151@s.whatsapp.net', '49151@S.WHATSAPP.NET',
  '49151@s.whatsapp.net ', ' 49151@s.whatsapp.net', '49151@s.whatsapp.net\n', '49151:@lid', '49151:12345@lid',
  '1203:2@g.us', '120363041234567890:2@g.us', 'status@lid', '49151@s.whatsapp.net@lid', '٤٩١٥١@s.whatsapp.net',
  `${'1'.repeat(70)}@s.whatsapp.net`,
]; // biome-ignore format: a list reads better dense

describe('identity grammar', () => {
  it('reads every accepted form and prints the canonical one', () => {
    for (const [text, kind, canonical, device] of accepted) {
      const jid = parseJid(text);
      assert.equal(jid.kind, kind, text);
      assert.equal(jid.device, device, text);
      assert.equal(formatJid(jid), canonical, text);
      assert.equal(normaliseJid(text), canonical, text);
      assert.ok(jidSchema.safeParse(canonical).success, canonical);
    }
  });

  it('refuses everything else with INVALID_JID', () => {
    for (const text of refused) {
      assert.equal(tryParseJid(text), null, JSON.stringify(text));
      assert.throws(() => parseJid(text), { code: 'INVALID_JID' });
      assert.ok(!jidSchema.safeParse(text).success, JSON.stringify(text));
    }
  });

  it('is idempotent, and the schema accepts exactly what normalising leaves unchanged', () => {
    const server = fc.constantFrom(
      's.whatsapp.net',
      'c.us',
      'lid',
      'g.us',
      'newsletter',
      'broadcast',
      'hosted',
      'x',
    );
    const user = fc.oneof(
      fc.stringMatching(/^[0-9]{1,26}$/),
      fc.stringMatching(/^[0-9]{4,16}-[0-9]{4,16}$/),
      fc.string(),
    );
    const device = fc.constantFrom('', ':1', ':0', '_1', '_2:3');
    fc.assert(
      fc.property(user, device, server, (u, d, s) => {
        const text = `${u}${d}@${s}`;
        const canonical = normaliseJid(text);
        if (canonical !== null) assert.equal(normaliseJid(canonical), canonical);
        assert.equal(jidSchema.safeParse(text).success, canonical === text, text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells people from the rest', () => {
    for (const [text, kind, canonical] of accepted) {
      const person = kind === 'pn' || kind === 'lid';
      assert.equal(isPersonJid(text), person, text);
      assert.equal(personJidSchema.safeParse(canonical).success, person, text);
      assert.equal(jidKind(text), kind);
    }
    assert.equal(jidKind('nothing'), null);
  });

  it('turns numbers into ids and back', () => {
    assert.equal(jidOfPhone('+4915112345678'), '4915112345678@s.whatsapp.net');
    assert.equal(phoneOfJid('4915112345678:3@c.us'), '+4915112345678');
    assert.equal(phoneOfJid('98765432109876@lid'), null);
    for (const phone of ['', '+', '0151123456', '12345', '+49 151 123', 'x4915112345678', '1'.repeat(16)]) {
      assert.throws(() => jidOfPhone(phone), { code: 'INVALID_PHONE_FORMAT' }, phone);
    }
  });
});
