import assert from 'node:assert/strict';
import { createBreakers } from '../../health/breaker.ts';
import { createRouter } from '../../routing/router.ts';
import { candidateJids, failsWith } from '../testing/errors.ts';
import {
  anna,
  annabel,
  announcements,
  carla,
  club,
  dora,
  garden,
  otherCarla,
} from '../testing/sample-history.ts';
import { createWorld, type World } from '../testing/world.ts';
import { createResolver, type Resolver } from './resolver.ts';

const offline = (world: World) =>
  createRouter({ engines: () => [], client: () => null, breakers: createBreakers(world.clock) });

describe('resolving recipients', () => {
  let world: World;
  let resolver: Resolver;
  before(async () => {
    world = await createWorld();
    resolver = createResolver(world.history, offline(world));
  });
  after(() => world.close());

  it('finds one chat under each of its ids, its number and its name', async () => {
    for (const typed of [
      anna.pn,
      anna.lid,
      '4915112345678:12@s.whatsapp.net',
      '+49 151 12345678',
      'anna muller',
    ])
      assert.equal((await resolver.chat(typed)).jid, anna.lid, typed);
    assert.equal((await resolver.chat('BOOK CLUB')).jid, club);
  });

  it('prefers the better name and never guesses between equals', async () => {
    assert.equal((await resolver.recipient('Annabel', 'to')).jid, annabel.pn);
    const prefix = await failsWith('RECIPIENT_AMBIGUOUS', () => resolver.recipient('ann', 'to'));
    assert.equal(candidateJids(prefix).length, 2);
    const equals = await failsWith('RECIPIENT_AMBIGUOUS', () => resolver.recipient('Carla', 'to'));
    assert.deepEqual(new Set(candidateJids(equals)), new Set([carla.pn, otherCarla.pn]));
  });

  it('takes a part of a name for reading, but not for sending', async () => {
    assert.equal((await resolver.chat('ook clu')).jid, club);
    const error = await failsWith('RECIPIENT_NOT_FOUND', () => resolver.recipient('ook clu', 'to'));
    assert.deepEqual(candidateJids(error), [club]);
    await failsWith('RECIPIENT_NOT_FOUND', () => resolver.recipient('49151', 'to'));
  });

  it('forgives a slip for reading, and asks back before sending', async () => {
    assert.equal((await resolver.chat('Bok club')).jid, club);
    assert.equal((await resolver.chat('Anabel')).jid, annabel.pn);
    await failsWith('RECIPIENT_AMBIGUOUS', () => resolver.chat('Karla'));
    const error = await failsWith('RECIPIENT_NOT_FOUND', () => resolver.recipient('Anabel', 'to'));
    assert.deepEqual(candidateJids(error)[0], annabel.pn);
    const guess = await failsWith('CHAT_NOT_FOUND', () => resolver.chat('Gorten'));
    assert.deepEqual(candidateJids(guess), [garden]);
    assert.match(guess.hint, /one of the candidates/);
    const nothing = await failsWith('CHAT_NOT_FOUND', () => resolver.chat('Zebra'));
    assert.deepEqual(candidateJids(nothing), []);
    assert.doesNotMatch(nothing.hint, /candidates/);
  });

  it('means the announcement group by the name of a community', async () => {
    assert.equal((await resolver.recipient('Neighbours', 'to')).jid, announcements);
  });

  it('writes to people without a chat, and reads only chats that are there', async () => {
    assert.deepEqual(await resolver.recipient('Dora', 'to'), { jid: dora.pn, name: 'Dora', chat: null });
    assert.equal((await resolver.recipient('+4915155555555', 'to')).jid, dora.pn);
    await failsWith('CHAT_NOT_FOUND', () => resolver.chat('Dora'));
    await failsWith('CHAT_NOT_FOUND', () => resolver.chat(dora.pn));
    assert.equal((await resolver.person('Dora')).pn, dora.pn);
    await failsWith('CONTACT_NOT_FOUND', () => resolver.person('Nobody'));
    await failsWith('CONTACT_NOT_FOUND', () => resolver.person('491700000000@s.whatsapp.net'));
  });

  it('passes an unknown id on, because the engine may know it', async () => {
    const jid = '120363999999999999@g.us';
    assert.deepEqual(await resolver.recipient(jid, 'to'), { jid, name: null, chat: null });
  });

  it('needs an engine to look an unknown number up', async () => {
    await failsWith('CAPABILITY_UNAVAILABLE', () => resolver.recipient('+491701234567', 'to'));
  });
});

describe('looking numbers up', () => {
  it('uses the hidden id where WhatsApp tells it, and says when nobody is there', async () => {
    const asked: string[] = [];
    const world = await createWorld({
      empty: true,
      commands: {
        'contact.lookup': ({ phones }) => {
          asked.push(...phones);
          return Promise.resolve({
            results: phones.map((phone) =>
              phone === '491701234567'
                ? { phone, exists: true, pn: `${phone}@s.whatsapp.net`, lid: '77@lid' }
                : { phone, exists: false, pn: null, lid: null },
            ),
          });
        },
        'send.text': ({ messageId, chat }) =>
          Promise.resolve({ messageId, chat, sentAt: 1, status: 'sent' as const }),
      },
    });
    try {
      const send = (to: string) =>
        world.services.sendMessage({ to, message: 'Hi', allow_duplicate: false, dry_run: false });
      assert.equal((await send('+49 170 1234567')).data.chat_jid, '77@lid');
      const error = await failsWith('RECIPIENT_NOT_FOUND', () => send('+49 170 7654321'));
      assert.match(error.message, /not on WhatsApp/);
      assert.deepEqual(asked, ['491701234567', '491707654321']);
    } finally {
      await world.close();
    }
  });
});
