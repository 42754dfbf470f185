import assert from 'node:assert/strict';
import { appStateCollections } from '#engines/contract/command.ts';
import type { SimChat, SimPerson } from '#simulator/account/model.ts';
import { type Bench, createBench } from './testing/bench.ts';

describe('baileys: arranging chats, people, devices and the session', () => {
  let bench: Bench;
  let direct: SimChat;
  let friend: SimPerson;

  beforeEach(async () => {
    bench = await createBench();
    await bench.synced();
    const found = bench.simulator.account
      .chats()
      .find((chat) => chat.kind === 'direct' && chat.jid.endsWith('@lid'));
    if (found === undefined) throw new Error('no chat');
    direct = found;
    friend = bench.simulator.account.person(direct.peer ?? '');
  });
  afterEach(() => bench.close());

  const run: Bench['run'] = (...call) => bench.run(...call);
  const settings = () => bench.simulator.account.chat(direct.key).settings;
  const told = () => bench.of('chat').filter(({ chat }) => chat === direct.jid);

  it('archives, pins and mutes, there and back, and tells the history', async () => {
    const chat = direct.jid;
    const newest = bench
      .of('message')
      .filter((one) => one.chat === chat)
      .toSorted((a, b) => b.sentAt - a.sentAt)[0];
    if (newest === undefined) throw new Error('no message');
    const { id, fromMe, sender, sentAt } = newest;
    for (const archived of [true, false]) {
      const input = { chat, archived, newest: archived ? { id, fromMe, sender, sentAt } : null };
      assert.deepEqual(await run('chat.archive', input), { archived });
      await bench.until(() => settings().archived === archived, 'archived in the account');
      await bench.until(
        () => told().findLast((one) => one.archived !== undefined)?.archived === archived,
        'it',
      );
    }
    for (const pinned of [true, false]) {
      assert.deepEqual(await run('chat.pin', { chat, pinned }), { pinned });
      await bench.until(() => (settings().pinnedAt !== null) === pinned, 'pinned in the account');
      const last = () => told().findLast((one) => one.pinnedAt !== undefined)?.pinnedAt;
      await bench.until(() => (pinned ? (last() ?? 0) > 0 : last() === null), 'it in the history');
    }
    for (const until of [2_000_000_000, 0, null]) {
      assert.deepEqual(await run('chat.mute', { chat, until }), { mutedUntil: until });
      const expected = until === 0 ? -1 : until;
      await bench.until(() => settings().mutedUntil === expected, `mute ${until} in the account`);
      const last = () => told().findLast((one) => one.mutedUntil !== undefined)?.mutedUntil;
      await bench.until(() => last() === until, `mute ${until} in the history`);
    }
  });

  it('blocks and unblocks by either identity, and tells the history', async () => {
    const { pn, lid } = friend;
    const isBlocked = () => bench.simulator.account.blocked().includes(friend.key);
    const before = (await run('contact.blocklist', {})).blocked;
    const ways = [
      { pn, lid },
      { pn: null, lid },
      { pn, lid: null },
    ];
    for (const names of ways) {
      for (const blocked of [true, false]) {
        assert.deepEqual(await run('contact.block', { ...names, blocked }), { blocked });
        assert.equal(isBlocked(), blocked);
        const last = bench.of('contact').findLast((one) => one.blocked !== undefined);
        assert.equal(last?.blocked, blocked);
        assert.ok(last.jid === pn || last.jid === lid);
        const listed = (await run('contact.blocklist', {})).blocked;
        assert.deepEqual(listed, blocked ? [...before, lid] : before);
      }
    }
    await assert.rejects(
      run('contact.block', { pn: '19999999999@s.whatsapp.net', lid: null, blocked: true }),
      {
        code: 'CONTACT_NOT_FOUND',
      },
    );
    await assert.rejects(run('contact.block', { pn: null, lid: null, blocked: true }), {
      code: 'CONTACT_NOT_FOUND',
    });
  });

  it('finds pictures of people and groups, in two sizes, and says when there is none or it is hidden', async () => {
    const { account } = bench.simulator;
    const answers = new Set<string>();
    for (const person of account.people()) {
      const jid = person.lid ?? person.pn;
      if (jid === null) continue;
      const outcome = await run('contact.picture', { jid, size: 'preview' }).catch(
        (error: { code: string }) => error.code,
      );
      if (typeof outcome === 'string') {
        assert.equal(outcome, 'PRIVACY_RESTRICTED');
        answers.add('hidden');
      } else {
        assert.equal(outcome.id, person.pictureId);
        assert.equal(outcome.url === null, person.pictureId === null);
        answers.add(outcome.url === null ? 'none' : 'picture');
        const full = await run('contact.picture', { jid, size: 'full' });
        assert.equal(full.id, outcome.id);
        assert.equal(full.url === outcome.url, outcome.url === null);
      }
    }
    assert.deepEqual(answers, new Set(['hidden', 'none', 'picture']));
    const groups = account.chats().filter((chat) => chat.group !== null);
    const urls = await Promise.all(groups.map(({ jid }) => run('contact.picture', { jid, size: 'full' })));
    assert.ok(urls.some(({ url }) => url !== null) && urls.some(({ url }) => url === null));
  });

  it('lists the own devices, itself among them', async () => {
    const pn = bench.simulator.account.person('me').pn ?? '';
    const [companion] = bench.simulator.wire.devices.companions();
    const { listed, count, devices } = await run('devices.list', {});
    assert.deepEqual([listed, count], [true, 2]);
    assert.deepEqual(devices, [
      { jid: pn, number: 0, isSelf: false },
      { jid: pn, number: companion?.id, isSelf: true },
    ]);
  });

  it('fetches the app state anew, and heals what it believed of a chat', async () => {
    await run('chat.pin', { chat: direct.jid, pinned: true });
    await bench.until(() => told().some(({ pinnedAt }) => (pinnedAt ?? 0) > 0), 'the pin');
    const before = told().length;
    assert.deepEqual(await run('appstate.resync', { collections: ['regular_low'] }), {
      resynced: ['regular_low'],
    });
    assert.ok(told().length > before, 'told again');
    assert.ok((told().findLast((one) => one.pinnedAt !== undefined)?.pinnedAt ?? 0) > 0);
    const { resynced } = await run('appstate.resync', {});
    assert.deepEqual(new Set(resynced), new Set(appStateCollections));
    // What the phone does afterwards builds on what was fetched.
    const { account } = bench.simulator;
    account.changeSettings({ chat: direct.key, change: { archived: true }, origin: { from: 'phone' } });
    await bench.until(() => told().findLast((one) => one.archived !== undefined)?.archived, 'archived there');
  });

  it('connects anew on request, also when it had given up', async () => {
    const since = bench.engine.status().connectedSinceMs ?? 0;
    assert.deepEqual(await run('session.reconnect', {}), { started: true });
    await bench.until(() => (bench.engine.status().connectedSinceMs ?? 0) > since, 'a new connection');
    await bench.level('ready');
    bench.simulator.faults.streamError(440);
    await bench.level('conflict');
    assert.deepEqual(await run('session.reconnect', {}), { started: true });
    const { lastError } = await bench.level('ready');
    assert.equal(lastError, null);
    await run('session.logout', {});
    await assert.rejects(run('session.reconnect', {}), { code: 'NOT_AUTHENTICATED' });
  });
});
