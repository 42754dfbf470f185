import assert from 'node:assert/strict';
import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  USyncQuery,
  USyncUser,
} from '@whiskeysockets/baileys';
import { extractGroupMetadata } from '@whiskeysockets/baileys/lib/Socket/groups.js';
import { beforeEach, describe, it } from 'mocha';
import { type Account, createAccount } from '../../account/account.ts';
import { ME } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import type { WireModule } from '../contract.ts';
import { type Companion, createDeviceRegistry, type DeviceRegistry, type Registration } from '../devices.ts';
import { createIqTable, type IqTable } from '../iq-table.ts';
import { child, node } from '../nodes.ts';
import { createQueries } from './module.ts';

const SERVER = 's.whatsapp.net';

describe('simulator queries', () => {
  let account: Account;
  let hub: DeviceRegistry;
  let first: Companion;
  let second: Companion;
  let module: WireModule;
  let table: IqTable;

  beforeEach(() => {
    const shape = shapeOf('tiny');
    account = createAccount(shape, createFixedWorld(shape.now));
    const me = account.person(ME);
    const identity = { pnJid: me.pn ?? '', lidJid: me.lid ?? '' };
    hub = createDeviceRegistry(identity, account.world.nextId, account.world.nowSeconds);
    const registration = {} as Registration;
    first = hub.add(hub.nextDeviceId(), registration);
    second = hub.add(hub.nextDeviceId(), registration);
    module = createQueries({ account, hub, mediaUrl: () => 'https://127.0.0.1:1' });
    table = createIqTable([module], () => undefined);
  });

  const ask = async (
    xmlns: string,
    type: 'get' | 'set',
    to: string,
    content: BinaryNode[],
    extra: Record<string, string> = {},
  ): Promise<BinaryNode> => {
    const answer = await table({ tag: 'iq', attrs: { id: '1', xmlns, type, to, ...extra }, content }, first);
    assert.ok(answer);
    return answer;
  };
  const errorOf = (answer: BinaryNode): string | undefined => child(answer, 'error')?.attrs.code;
  const waiting = (companion: Companion): readonly BinaryNode[] => companion.offlineQueue.replay();

  const usync = async (query: USyncQuery) => {
    const users = query.users.map((user) =>
      node(
        'user',
        { jid: user.phone ? undefined : user.id },
        query.protocols.map((p) => p.getUserElement(user)).filter((n) => n !== null),
      ),
    );
    const asked = node('usync', { sid: '1', mode: 'query' }, [
      node(
        'query',
        {},
        query.protocols.map((p) => p.getQueryElement()),
      ),
      node('list', {}, users),
    ]);
    return query.parseUSyncQueryResult(await ask('usync', 'get', SERVER, [asked]))?.list;
  };

  it('resolves numbers to hidden identities, devices and about lines', async () => {
    const both = account
      .people()
      .find((p) => p.key !== ME && p.pn !== null && p.lid !== null && p.about !== null);
    const pnOnly = account.people().find((p) => p.pn !== null && p.lid === null);
    assert.ok(both?.pn && pnOnly?.pn);
    const query = new USyncQuery().withLIDProtocol().withDeviceProtocol().withStatusProtocol();
    for (const id of [both.pn, pnOnly.pn, account.person(ME).pn ?? '', '15550000000@s.whatsapp.net'])
      query.withUser(new USyncUser().withId(id));
    const [one, two, me, nobody] = (await usync(query)) ?? [];
    assert.deepEqual([one?.id, one?.lid], [both.pn, both.lid]);
    assert.equal((one?.status as { status?: string } | undefined)?.status, both.about);
    assert.equal(two?.lid, undefined);
    const devices = (row: typeof me): readonly number[] | undefined =>
      (row?.devices as { deviceList: { id: number }[] } | undefined)?.deviceList.map((d) => d.id);
    assert.deepEqual([devices(one), devices(me), devices(nobody)], [[0], [0, 1, 2], []]);
  });

  it('says who is on WhatsApp by phone number', async () => {
    const known = account.people().find((p) => p.key !== ME && p.pn !== null);
    const query = new USyncQuery().withContactProtocol();
    query.withUser(new USyncUser().withPhone(`+${known?.pn?.split('@')[0]}`));
    query.withUser(new USyncUser().withPhone('+15550000000'));
    const list = await usync(query);
    assert.deepEqual(
      list?.map((row) => [row.id, row.contact]),
      [
        [known?.pn, true],
        ['15550000000@s.whatsapp.net', false],
      ],
    );
  });

  it('describes groups and communities as the real client reads them', async () => {
    const all = await ask('w:g2', 'get', '@g.us', [node('participating')]);
    const nodes = getBinaryNodeChildren(getBinaryNodeChild(all, 'groups'), 'group');
    const groups = nodes.map((group) => extractGroupMetadata({ tag: 'result', attrs: {}, content: [group] }));
    const want = account.chats().filter((c) => c.group !== null);
    assert.deepEqual(new Set(groups.map((g) => g.id)), new Set(want.map((c) => c.jid)));
    for (const chat of want) {
      const meta = extractGroupMetadata(await ask('w:g2', 'get', chat.jid, [node('query')]));
      assert.equal(meta.subject, chat.group?.subject);
      assert.equal(meta.addressingMode, chat.group?.addressing);
      assert.equal(meta.participants.length, chat.group?.members.length);
      assert.equal(meta.isCommunity, chat.kind === 'community');
      assert.equal(meta.isCommunityAnnounce, chat.kind === 'announcement');
      assert.equal(meta.announce, chat.group?.announce);
      assert.equal(meta.desc, chat.group?.description ?? undefined);
      assert.equal(meta.linkedParent, chat.group?.parent ? account.chat(chat.group.parent).jid : undefined);
      assert.ok(meta.participants.some((p) => p.admin === 'superadmin'));
      if (meta.addressingMode === 'lid')
        assert.ok(meta.participants.some((p) => p.phoneNumber?.endsWith('net')));
    }
    const community = want.find((c) => c.kind === 'community');
    const subs = await ask('w:g2', 'get', community?.jid ?? '', [node('sub_groups')]);
    assert.equal(getBinaryNodeChildren(getBinaryNodeChild(subs, 'sub_groups'), 'group').length, 4);
    assert.equal(errorOf(await ask('w:g2', 'get', '1203630000@g.us', [node('query')])), '404');
  });

  it('changes groups, refuses what a member may not, and tells every device', async () => {
    const created = await ask('w:g2', 'set', '@g.us', [
      node('create', { subject: 'Picnic' }, [
        node('participant', { jid: account.person('p0').lid ?? '' }),
        node('participant', { jid: account.person('p1').pn ?? '' }),
      ]),
    ]);
    const meta = extractGroupMetadata(created);
    assert.equal(meta.participants.length, 3);
    await ask('w:g2', 'set', meta.id, [node('subject', {}, Buffer.from('Lunch'))]);
    const demoted = [node('participant', { jid: account.person('p0').lid ?? '' })];
    await ask('w:g2', 'set', meta.id, [node('promote', {}, demoted)]);
    const unknown = await ask('w:g2', 'set', meta.id, [
      node('add', {}, [node('participant', { jid: '1@lid' })]),
    ]);
    assert.equal(child(child(unknown, 'add'), 'participant')?.attrs.error, '404');
    await ask('w:g2', 'set', '@g.us', [node('leave', {}, [node('group', { id: meta.id })])]);
    assert.equal(errorOf(await ask('w:g2', 'get', meta.id, [node('query')])), '403');
    assert.equal(errorOf(await ask('w:g2', 'set', meta.id, [node('subject', {}, Buffer.from('x'))])), '403');
    for (const companion of [first, second]) {
      const tags = waiting(companion).map((n) => [
        n.attrs.type,
        Array.isArray(n.content) ? n.content[0]?.tag : '',
      ]);
      assert.deepEqual(tags, [
        ['w:gp2', 'create'],
        ['w:gp2', 'subject'],
        ['w:gp2', 'promote'],
        ['w:gp2', 'remove'],
      ]);
    }
  });

  it('blocks, and tells only the other device', async () => {
    const lid = account.person('p0').lid ?? '';
    const item = node('item', { action: 'block', jid: lid, pn_jid: account.person('p0').pn ?? '' });
    await ask('blocklist', 'set', SERVER, [item]);
    const list = child(await ask('blocklist', 'get', SERVER, []), 'list');
    assert.deepEqual(
      getBinaryNodeChildren(list ?? undefined, 'item').map((n) => n.attrs.jid),
      [lid],
    );
    assert.deepEqual([waiting(first).length, waiting(second).length], [0, 1]);
    await ask('blocklist', 'set', SERVER, [node('item', { action: 'unblock', jid: lid })]);
    assert.deepEqual(account.blocked(), []);
    assert.equal(
      errorOf(await ask('blocklist', 'set', SERVER, [node('item', { action: 'block', jid: '1@lid' })])),
      '400',
    );
  });

  it('answers pictures, about and privacy', async () => {
    const person = account.people().find((p) => p.pictureId !== null && p.lid !== null && p.key !== ME);
    const ofPerson = await ask('w:profile:picture', 'get', SERVER, [node('picture', { type: 'image' })], {
      target: person?.lid ?? '',
    });
    assert.match(child(ofPerson, 'picture')?.attrs.url ?? '', /^https:\/\/127\.0\.0\.1:1\/v\/t61.*png$/);
    for (const [hidden, code] of [
      [true, '401'],
      [false, '404'],
    ] as const) {
      const bare = account
        .people()
        .find((p) => p.pictureId === null && p.lid !== null && (p.about === null) === hidden);
      const answer = await ask('w:profile:picture', 'get', SERVER, [node('picture')], {
        target: bare?.lid ?? '',
      });
      assert.equal(errorOf(answer), code);
    }
    await ask('status', 'set', SERVER, [node('status', {}, Buffer.from('away'))]);
    assert.equal(account.person(ME).about, 'away');
    await ask('privacy', 'set', SERVER, [
      node('privacy', {}, [node('category', { name: 'readreceipts', value: 'none' })]),
    ]);
    const privacy = child(await ask('privacy', 'get', SERVER, [node('privacy')]), 'privacy');
    const readReceipts = getBinaryNodeChildren(privacy ?? undefined, 'category').find(
      (n) => n.attrs.name === 'readreceipts',
    );
    assert.equal(readReceipts?.attrs.value, 'none');
    assert.equal(errorOf(await ask('w:biz', 'get', SERVER, [node('business_profile')])), '501');
  });

  it('is quiet after closing', async () => {
    await module.close?.();
    account.createGroup({ subject: 'x', members: ['p0'], addressing: 'lid' });
    assert.equal(waiting(first).length, 0);
  });
});
