import assert from 'node:assert/strict';
import type { MessageObservation } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import { createCursors } from '../cursor.ts';
import { createFreshness } from '../freshness.ts';
import { createTimes } from '../present/times.ts';
import { createResolver } from '../resolve/resolver.ts';
import { failsWith } from '../testing/errors.ts';
import {
  anna,
  annabel,
  bert,
  club,
  message,
  mine,
  NOW_SECONDS,
  START_SECONDS,
} from '../testing/sample-history.ts';
import { createWorld, type World } from '../testing/world.ts';
import { createWaitForMessage, type WaitRequest } from './wait.ts';

const NOW = NOW_SECONDS - START_SECONDS;
const stranger = { pn: '4915166666666@s.whatsapp.net', lid: '100000000000066@lid' } as const;

/** A message that is heard as it is written, so many seconds after now. */
function live(chat: string, text: string, after = 0, change: Partial<MessageObservation> = {}) {
  return message(chat, NOW + after, text, { via: 'live', ...change });
}

describe('waiting for a message', () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** In steps of a few milliseconds instead of twenty seconds. */
  const stepwise = (perCallMs = 20, reportEveryMs = 5) =>
    createWaitForMessage(
      {
        history: world.history,
        clock: world.clock,
        cursors: createCursors(new Uint8Array(32).fill(1)),
        onChange: world.services.onChange,
        times: createTimes('UTC'),
        freshness: createFreshness(world.history, { engines: () => [] }, createTimes('UTC'), world.clock),
        resolver: createResolver(world.history, {
          call: () => Promise.reject(new TandemError('NO_HEALTHY_ENGINE')),
        }),
      },
      { perCallMs, reportEveryMs },
    );

  const received = async (pending: ReturnType<World['services']['messages']['wait']>) => {
    const { data } = await pending;
    assert.equal(data.status, 'received');
    return data.message?.text;
  };
  const wait = (request: WaitRequest) => world.services.messages.wait(request);
  /** What is there already is found at once, so a second is long. */
  const nothing = (request: WaitRequest = {}) =>
    failsWith('WAIT_TIMEOUT', () => wait({ timeout: 1, ...request }));

  it('answers with what arrives meanwhile, and marks nothing as read', async () => {
    const pending = wait({});
    await world.learn([live(anna.lid, 'Are you there?', 2)]);
    const { data } = await pending;
    assert.equal(data.message?.text, 'Are you there?');
    assert.deepEqual(data.message?.sender, { jid: anna.lid, name: 'Anna Müller' });
    assert.equal((await world.history.chats.byJid(anna.pn))?.unread, 4);
  });

  it('matches a number with a message that carries the hidden id, and the other way round', async () => {
    const byNumber = wait({ from: '+49 151 12345678' });
    const byLid = wait({ from: anna.lid, chat: club });
    const byName = wait({ from: 'Anna Müller', chat: anna.pn });
    await world.learn([
      live(club, 'From Bert', 1),
      live(club, 'From Anna by number', 2, { sender: anna.pn }),
      live(anna.lid, 'From Anna by hidden id', 3),
    ]);
    assert.equal(await received(byNumber), 'From Anna by number');
    assert.equal(await received(byLid), 'From Anna by number');
    assert.equal(await received(byName), 'From Anna by hidden id');
  });

  it('finds out while it waits that a number and a hidden id are one person', async () => {
    const pending = stepwise(5_000)({ from: '+49 151 66666666' });
    await world.learn([live(stranger.lid, 'Hello, new number', 1)]);
    await world.learn([live(annabel.pn, 'Somebody else', 2)]);
    await world.learn([{ kind: 'contact', jid: stranger.pn, alt: stranger.lid, pushName: 'S' }]);
    assert.equal(await received(pending), 'Hello, new number');
  });

  it('asks WhatsApp for the hidden id of a number that never wrote', async () => {
    await world.close();
    world = await createWorld({
      commands: {
        'contact.lookup': ({ phones }) =>
          Promise.resolve({
            results: phones.map((phone) => ({
              phone,
              exists: phone === '4915166666666',
              pn: stranger.pn,
              lid: stranger.lid,
            })),
          }),
      },
    });
    const pending = wait({ from: '+4915166666666' });
    // The lookup is over before the message comes, or the message is found by the first look.
    await world.learn([live(stranger.lid, 'Hello', 1)]);
    assert.equal(await received(pending), 'Hello');
    await failsWith('RECIPIENT_NOT_FOUND', () => wait({ from: '+4915177777777' }));
  });

  it('takes only what others write from now on', async () => {
    await world.learn([live(anna.pn, 'Just before the wait', -1)]);
    const pending = nothing();
    await world.learn([
      live(anna.pn, 'On reconnecting, long ago', -3_600, { via: 'offline' }),
      message(anna.pn, NOW + 1, 'From a page of history', { via: 'page' }),
      message(anna.pn, NOW + 1, 'Pushed by the phone', { via: 'push' }),
      live(anna.pn, 'My own', 1, mine),
      live('status@broadcast', 'A story', 1, { sender: anna.pn }),
      live(club, 'Somebody joined', 1, { type: 'system' }),
      live(club, 'Already taken back', 1, { revoked: true }),
    ]);
    await pending;
  });

  it('takes own messages when asked, and a story of the chat that is named', async () => {
    const own = wait({ include_own: true });
    await world.learn([live(anna.pn, 'My own', 1, mine)]);
    assert.equal(await received(own), 'My own');
    world.clock.advance(60_000);
    await world.learn([live('status@broadcast', 'An older story', 60, { sender: anna.pn })]);
    const story = wait({ chat: 'status@broadcast' });
    await world.learn([live('status@broadcast', 'A story', 61, { sender: anna.pn })]);
    assert.equal(await received(story), 'A story');
  });

  it('tells a new message from a known one of the same second, and one that was under way', async () => {
    await world.learn([live(anna.pn, 'Known', 0)]);
    const same = wait({});
    await world.learn([live(anna.pn, 'In the same second', 0)]);
    assert.equal(await received(same), 'In the same second');
    const late = wait({ from: bert.lid });
    await world.learn([live(club, 'Sent before the wait, arrived after', -10)]);
    assert.equal(await received(late), 'Sent before the wait, arrived after');
  });

  it('takes what an engine hears on reconnecting, when it was written during the wait', async () => {
    const pending = wait({ chat: club });
    await world.learn([live(club, 'While the line was down', 3, { via: 'offline' })]);
    assert.equal(await received(pending), 'While the line was down');
  });

  it('waits until a message can be read', async () => {
    const unread = live(anna.pn, '', 1, { type: 'undecryptable' });
    const { text: _none, ...shell } = unread;
    const pending = wait({});
    await world.learn([shell]);
    await world.learn([{ ...unread, type: 'text', text: 'Now it can be read' }]);
    assert.equal(await received(pending), 'Now it can be read');
  });

  it('goes on with a token, and misses nothing between two calls', async () => {
    const step = stepwise();
    const first = await step({ from: anna.pn, timeout: 60 });
    assert.deepEqual([first.data.status, first.data.message], ['waiting', undefined]);
    assert.equal(first.data.remaining_s + first.data.waited_s, 60);
    world.clock.advance(25_000);
    const second = await step({ resume_token: first.data.resume_token });
    assert.deepEqual([second.data.status, second.data.remaining_s], ['waiting', 35]);
    await world.learn([live(annabel.pn, 'Not from Anna', 25), live(anna.lid, 'Between two calls', 26)]);
    // Even when the caller comes back after the end.
    world.clock.advance(120_000);
    const third = await step({ resume_token: second.data.resume_token });
    assert.deepEqual([third.data.status, third.data.message?.text], ['received', 'Between two calls']);
    assert.equal(third.data.resume_token, undefined);
  });

  it('ends with WAIT_TIMEOUT when the time is over, however often it was resumed', async () => {
    const step = stepwise();
    const { data } = await step({ timeout: 300 });
    world.clock.advance(299_990);
    const error = await failsWith('WAIT_TIMEOUT', () => step({ resume_token: data.resume_token }));
    assert.deepEqual([error.retriable, error.details?.waited_s], [true, 300]);
    world.clock.advance(-1_000_000);
    assert.equal((await step({ resume_token: data.resume_token })).data.remaining_s, 300, 'a clock set back');
  });

  it('keeps a busy half minute in the token', async () => {
    const busy = Array.from({ length: 900 }, (_, n) => live(club, `busy ${n}`, -(n % 30)));
    await world.learn(busy);
    const step = stepwise();
    const { data } = await step({ chat: club });
    assert.equal(data.status, 'waiting', 'what was there is not taken for new');
    assert.equal((await step({ resume_token: data.resume_token })).data.status, 'waiting');
    await world.learn([live(club, 'new', -29)]);
    assert.equal((await step({ resume_token: data.resume_token })).data.message?.text, 'new');
  });

  it('refuses what cannot be meant', async () => {
    const token = (await stepwise()({})).data.resume_token ?? '';
    await failsWith('VALIDATION_ERROR', () => wait({ resume_token: token, chat: club }));
    await failsWith('INVALID_CURSOR', () => wait({ resume_token: `${token.slice(0, -2)}zz` }));
    await failsWith('INVALID_CURSOR', () => wait({ resume_token: token }) /* of another installation */);
    await failsWith('CHAT_NOT_FOUND', () => wait({ chat: 'Nowhere' }));
    await failsWith('CONTACT_NOT_FOUND', () => wait({ from: 'Nobody' }));
    await failsWith('CONTACT_NOT_FOUND', () => wait({ from: '120363000000000099@g.us' }));
    await failsWith('RECIPIENT_AMBIGUOUS', () => wait({ from: 'Carla' }));
    await failsWith('VALIDATION_ERROR', () => wait({ from: '+4915100000000' }));
  });

  it('reports progress in words and seconds, and ends when the caller hangs up', async () => {
    const said: string[] = [];
    const caller = new AbortController();
    const pending = stepwise(20_000)({ chat: club }, caller.signal, ({ message: text, total }) => {
      said.push(`${text} ${total}`);
      caller.abort();
    });
    await assert.rejects(pending, { name: 'AbortError' });
    assert.equal(said[0], 'Waiting for a message. 60');
  });
});
