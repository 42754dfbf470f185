import assert from 'node:assert/strict';
import type { CommandHandlers, CommandInput } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import { failsWith } from '../testing/errors.ts';
import { anna, bert, club, dora, me } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';

describe('asking about people', () => {
  let world: World;
  let lookedUp: string[];
  let blocks: CommandInput<'contact.block'>[];
  let pictures: CommandInput<'contact.picture'>[];
  const commands: CommandHandlers = {
    'contact.lookup': async ({ phones }) => {
      lookedUp.push(...phones);
      return {
        results: phones.map((phone) =>
          phone === '4915112345678'
            ? { phone, exists: true, pn: anna.pn, lid: anna.lid }
            : { phone, exists: false, pn: null, lid: null },
        ),
      };
    },
    'contact.picture': async (input) => {
      pictures.push(input);
      if (input.jid === bert.lid) throw new TandemError('PRIVACY_RESTRICTED');
      if (input.jid === club) return { url: null, id: null };
      return { url: 'https://example.invalid/p.jpg', id: '77' };
    },
    'contact.block': async (input) => {
      blocks.push(input);
      return { blocked: input.blocked };
    },
    'contact.blocklist': async () => ({ blocked: [anna.pn, anna.lid, '4917012345678@s.whatsapp.net'] }),
  };
  const open = async (options: WorldOptions = {}) => {
    lookedUp = [];
    blocks = [];
    pictures = [];
    world = await createWorld({ commands, ...options });
  };
  afterEach(() => world.close());
  const contacts = () => world.services.contacts;

  describe('numbers', () => {
    it('are looked up together, each with its own answer', async () => {
      await open();
      const { data, meta } = await contacts().checkNumbers({
        phones: ['+49 151 12345678', '4917012345678', '0170 1234567', '+49 151 12345678'],
      });
      assert.deepEqual(lookedUp, ['4915112345678', '4917012345678']);
      const [first, second, third] = data.results;
      assert.deepEqual(first, {
        phone: '+49 151 12345678',
        is_on_whatsapp: true,
        jid: anna.lid,
        lid: anna.lid,
        number: '+4915112345678',
      });
      assert.deepEqual(second, { phone: '4917012345678', is_on_whatsapp: false, number: '+4917012345678' });
      assert.deepEqual([third?.is_on_whatsapp, third?.error?.code], [false, 'INVALID_PHONE_FORMAT']);
      assert.deepEqual([data.on_whatsapp, data.invalid, meta?.engine], [2, 1, 'baileys']);
    });

    it('that are none are refused before anybody is asked', async () => {
      await open();
      await failsWith('INVALID_PHONE_FORMAT', () => contacts().checkNumbers({ phones: ['abc', '0170'] }));
      assert.deepEqual(lookedUp, []);
    });

    it('are looked up a hundred and twenty times a minute at most', async () => {
      await open();
      const many = (from: number) => Array.from({ length: 50 }, (_, n) => `+4915${110_000_00 + from + n}`);
      await contacts().checkNumbers({ phones: many(0) });
      world.clock.advance(20_000);
      await contacts().checkNumbers({ phones: many(50) });
      const error = await failsWith('RATE_LIMITED', () => contacts().checkNumbers({ phones: many(100) }));
      assert.equal(error.retryAfterSeconds, 40);
      assert.equal(lookedUp.length, 100);
      world.clock.advance(40_000);
      await contacts().checkNumbers({ phones: many(100) });
    });
  });

  describe('pictures', () => {
    const picture = (target: string) => contacts().picture({ target, size: 'preview' });

    it('are found for people and groups, by name, number or id', async () => {
      await open();
      const { data } = await picture('Anna Müller');
      assert.deepEqual(data, {
        jid: anna.lid,
        name: 'Anna Müller',
        has_picture: true,
        url: 'https://example.invalid/p.jpg',
        id: '77',
        size: 'preview',
      });
      assert.deepEqual((await picture('Book club')).data, {
        jid: club,
        name: 'Book club',
        has_picture: false,
        size: 'preview',
      });
      assert.equal((await picture(dora.pn)).data.jid, dora.pn);
      assert.equal(pictures.length, 3);
    });

    it('may be hidden, and are nobody', async () => {
      await open();
      await failsWith('PRIVACY_RESTRICTED', () => picture(bert.lid));
      await failsWith('CONTACT_NOT_FOUND', () => picture('Nobody'));
      await failsWith('CONTACT_NOT_FOUND', () => picture('+49 170 7654321'));
    });
  });

  it('names somebody for this history only', async () => {
    await open();
    const named = await contacts().setName({ contact: 'Dora', name: ' The\u200b plumber ' });
    assert.deepEqual(named.data, { jid: dora.pn, display_name: 'The plumber', cleared: false });
    assert.equal(
      (await world.services.people.search({ query: 'plumb', limit: 5, include_chats: false })).data
        .contacts[0]?.jid,
      dora.pn,
    );
    const cleared = await contacts().setName({ contact: dora.pn, name: '' });
    assert.deepEqual(cleared.data, { jid: dora.pn, display_name: 'Dora', cleared: true });
    await failsWith('CONTACT_NOT_FOUND', () => contacts().setName({ contact: 'Nobody', name: 'x' }));
    await failsWith('RECIPIENT_AMBIGUOUS', () => contacts().setName({ contact: 'Carla', name: 'x' }));
  });

  describe('blocking', () => {
    const block = (request: { jid?: string; phone?: string }, blocked = true) =>
      contacts().block(request, blocked);
    const stored = async () => (await world.history.people.blocked(10)).map(({ lid, pn }) => lid ?? pn);

    it('names both identities of a person that is known, and remembers it', async () => {
      await open();
      const { data } = await block({ phone: '+49 151 12345678' });
      assert.deepEqual(data, { jid: anna.lid, name: 'Anna Müller', blocked: true });
      assert.deepEqual(blocks[0], { pn: anna.pn, lid: anna.lid, blocked: true });
      assert.deepEqual(await stored(), [anna.lid]);
      assert.equal(
        (await block({ jid: anna.lid, phone: anna.pn.split('@')[0] ?? '' }, false)).data.blocked,
        false,
      );
      assert.deepEqual(await stored(), []);
    });

    it('takes strangers by number or id', async () => {
      await open();
      await block({ phone: '+4917012345678' });
      await block({ jid: '555666777@lid' });
      assert.deepEqual(blocks, [
        { pn: '4917012345678@s.whatsapp.net', lid: null, blocked: true },
        { pn: null, lid: '555666777@lid', blocked: true },
      ]);
    });

    it('takes neither names nor groups, nor two people, nor oneself', async () => {
      await open();
      await failsWith('MISSING_IDENTIFIER', () => block({}));
      await failsWith('INVALID_JID', () => block({ jid: 'Anna' }));
      await failsWith('INVALID_JID', () => block({ jid: club }));
      await failsWith('INVALID_PHONE_FORMAT', () => block({ phone: '0170 1' }));
      await failsWith('VALIDATION_ERROR', () => block({ jid: bert.lid, phone: '+4915112345678' }));
      await failsWith('VALIDATION_ERROR', () => block({ jid: me.pn }));
      assert.deepEqual(blocks, []);
    });
  });

  describe('who is blocked', () => {
    it('is asked live, one person once', async () => {
      await open();
      const { data } = await contacts().blocked();
      assert.deepEqual(
        data.contacts.map(({ jid }) => jid),
        [anna.lid, '4917012345678@s.whatsapp.net'],
      );
      assert.deepEqual([data.count, data.source], [2, 'live']);
    });

    it('is read from the store while nobody can be asked', async () => {
      await open();
      await world.learn([{ kind: 'contact', jid: dora.pn, blocked: true }]);
      world.setEngine({ level: 'recovering', reason: 'connection-lost' });
      const { data, meta } = await contacts().blocked();
      assert.deepEqual([data.source, data.live_error, data.count], ['stored', 'NOT_CONNECTED', 1]);
      assert.equal(data.contacts[0]?.jid, dora.pn);
      assert.deepEqual([meta?.degraded, meta?.degraded_reason], [true, 'NOT_CONNECTED']);
    });
  });
});
