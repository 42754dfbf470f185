import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { ME } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import { createSimulator, type Simulator } from '../../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../../testing/baileys-client.ts';

describe('queries with a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny');
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
  });
  after(async () => {
    await client.end();
    await simulator.close();
  });

  it('lists groups, a community and its linked groups', async () => {
    const groups = await client.socket.groupFetchAllParticipating();
    const want = simulator.account.chats().filter((chat) => chat.group !== null);
    assert.deepEqual(new Set(Object.keys(groups)), new Set(want.map((chat) => chat.jid)));
    const community = want.find((chat) => chat.kind === 'community');
    const linked = await client.socket.communityFetchLinkedGroups(community?.jid ?? '');
    const children = want.filter((chat) => chat.group?.parent === community?.key);
    assert.deepEqual(
      new Set(linked.linkedGroups.map((group) => group.id)),
      new Set(children.map((chat) => chat.jid)),
    );
    await assert.rejects(client.socket.groupMetadata('120363000000000001@g.us'), /item-not-found/);
  });

  it('creates, renames, fills and leaves a group', async () => {
    const { account } = simulator;
    const created = await client.socket.groupCreate('Picnic', [account.person('p0').lid ?? '']);
    await client.socket.groupUpdateSubject(created.id, 'Lunch');
    const added = await client.socket.groupParticipantsUpdate(
      created.id,
      [account.person('p1').lid ?? ''],
      'add',
    );
    assert.equal(added[0]?.status, '200');
    const now = await client.socket.groupMetadata(created.id);
    assert.deepEqual([now.subject, now.participants.length], ['Lunch', 3]);
    await until(
      () =>
        client
          .events('groups.update')
          .flat()
          .some((update) => update.subject === 'Lunch'),
      'subject notification',
    );
    await client.socket.groupLeave(created.id);
    await assert.rejects(client.socket.groupMetadata(created.id), /forbidden/);
  });

  it('shows groups and strangers that turn up while connected', async () => {
    const { account } = simulator;
    const group = account.createGroup({ subject: 'Surprise', members: ['p0', 'p1'], addressing: 'lid' });
    await until(
      () =>
        client
          .events('groups.upsert')
          .flat()
          .some((found) => found.id === group.jid),
      'new group',
    );
    const hello = account.receive({
      chat: group.key,
      sender: 'p0',
      content: { type: 'text', text: 'hello' },
    });
    await until(() => client.messages().some(({ key }) => key.id === hello.id), 'first group message');
    account.changeGroup({ chat: group.key, by: 'p0', change: { kind: 'remove', members: ['p1'] } });
    await until(
      () => client.events('group-participants.update').some((update) => update.action === 'remove'),
      'removed member',
    );
    const stranger = account.addPerson({
      pn: null,
      lid: '123450000067890@lid',
      pushName: 'New here',
      bookName: null,
      about: null,
      pictureId: null,
    });
    const { key: chat } = account.openDirect(stranger.key);
    const first = account.receive({ chat, content: { type: 'text', text: 'are you there?' } });
    const got = await until(
      () => client.messages().find(({ key }) => key.id === first.id),
      'message of a stranger',
    );
    assert.deepEqual([got.key.remoteJid, got.pushName], [stranger.lid, 'New here']);
  });

  it('looks people up, shows pictures and blocks', async () => {
    const { account } = simulator;
    const person = account
      .people()
      .find((p) => p.key !== ME && p.pn !== null && p.lid !== null && p.pictureId !== null);
    assert.ok(person?.pn && person.lid);
    const found = await client.socket.onWhatsApp(person.pn, '15550000000');
    // The client leaves out numbers that nobody has.
    assert.deepEqual(
      found?.map(({ jid }) => jid),
      [person.pn],
    );
    const url = await client.socket.profilePictureUrl(person.lid, 'image');
    const picture = await fetch(url ?? '');
    assert.equal(picture.headers.get('content-type'), 'image/png');
    await client.socket.updateBlockStatus(person.lid, 'block');
    assert.deepEqual(account.blocked(), [person.key]);
    assert.deepEqual(await client.socket.fetchBlocklist(), [person.lid]);
    await client.socket.updateBlockStatus(person.pn, 'unblock');
    assert.deepEqual([account.blocked(), await client.socket.fetchBlocklist()], [[], []]);
    const privacy = await client.socket.fetchPrivacySettings(true);
    assert.equal(privacy.readreceipts, 'all');
  });

  it('tells the other device who is blocked, whoever did it', async () => {
    const { account } = simulator;
    const sibling = await linkByQr(simulator);
    const person = account.people().findLast((p) => p.key !== ME && p.pn !== null && p.lid !== null);
    assert.ok(person?.lid);
    const heard = (device: BaileysClient, type: 'add' | 'remove') =>
      until(
        () =>
          device
            .events('blocklist.update')
            .some((update) => update.type === type && update.blocklist.includes(person.lid ?? '')),
        `${type} in the block list`,
      );
    await client.socket.updateBlockStatus(person.lid, 'block');
    await heard(sibling, 'add');
    account.setBlocked({ person: person.key, blocked: false, origin: { from: 'phone' } });
    for (const device of [client, sibling]) await heard(device, 'remove');
    await sibling.end();
  });

  it('shows pictures in both sizes, and says why there is none', async () => {
    const { account } = simulator;
    const others = account.people().filter((p) => p.key !== ME && p.lid !== null);
    const shown = others.find((p) => p.pictureId !== null);
    const without = others.find((p) => p.pictureId === null && p.about !== null);
    const hidden = others.find((p) => p.pictureId === null && p.about === null);
    assert.ok(shown?.lid && without?.lid && hidden?.lid);
    const sizes = await Promise.all(
      (['preview', 'image'] as const).map(async (size) => {
        const url = await client.socket.profilePictureUrl(shown.lid ?? '', size);
        const answer = await fetch(url ?? '');
        assert.equal(answer.headers.get('content-type'), 'image/png');
        return (await answer.arrayBuffer()).byteLength;
      }),
    );
    assert.ok((sizes[0] ?? 0) < (sizes[1] ?? 0), 'a preview is smaller');
    await assert.rejects(client.socket.profilePictureUrl(without.lid, 'image'), /item-not-found/);
    await assert.rejects(client.socket.profilePictureUrl(hidden.lid, 'preview'), /not-authorized/);
    const groups = account.chats().filter(({ group }) => group !== null);
    const urls = await Promise.all(
      groups.map(({ jid }) => client.socket.profilePictureUrl(jid, 'image').catch(() => null)),
    );
    assert.ok(urls.some((url) => url === null) && urls.some((url) => typeof url === 'string'));
  });

  it('lists the devices of the own account', async () => {
    const sibling = await linkByQr(simulator);
    for (const own of [simulator.account.person(ME).pn, simulator.account.person(ME).lid]) {
      const devices = await client.socket.getUSyncDevices([own ?? ''], false, false);
      const linked = simulator.wire.devices.companions().map(({ id }) => id);
      const [self = 0] = linked;
      // The client leaves itself out, but not always.
      const numbers = new Set(devices.map(({ device }) => device ?? 0)).add(self);
      assert.deepEqual(
        [...numbers].toSorted((a, b) => a - b),
        [0, ...linked],
      );
    }
    await sibling.end();
  });
});
