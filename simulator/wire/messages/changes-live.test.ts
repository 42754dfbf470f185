import assert from 'node:assert/strict';
import { proto, type WAMessageKey } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import { ME, type SimChat } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import { createSimulator, type Simulator } from '../../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../../testing/baileys-client.ts';

describe('changes of messages by a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;
  let sibling: BaileysClient;
  let direct: SimChat;
  let ruled: SimChat;
  let plain: SimChat;

  const isPlainGroup = ({ group, readOnly }: SimChat): boolean =>
    group !== null && group.parent === null && !readOnly && !group.announce;
  const isMyGroup = (chat: SimChat): boolean =>
    chat.group?.members.some(({ person, role }) => person === ME && role !== 'member') ?? false;

  before(async () => {
    const shape = shapeOf('tiny', { groups: 8, messagesPerChat: 12 });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    sibling = await linkByQr(simulator);
    const { pushed } = simulator.oracle.counts();
    for (const device of [client, sibling])
      await until(() => device.messages().length >= pushed, 'pushed history');
    const chats = simulator.account.chats();
    const find = (test: (chat: SimChat) => boolean): SimChat => {
      const found = chats.find(test);
      assert.ok(found);
      return found;
    };
    direct = find(({ peer, jid }) => peer !== null && jid.endsWith('@lid'));
    ruled = find((chat) => chat.kind === 'group' && isPlainGroup(chat) && isMyGroup(chat));
    plain = find((chat) => chat.kind === 'group' && isPlainGroup(chat) && !isMyGroup(chat));
  });
  afterEach(() => simulator.faults.reset());
  after(async () => {
    await client.end();
    await sibling.end();
    await simulator.close();
  });

  const says = (chat: SimChat) =>
    simulator.account.receive({
      chat: chat.key,
      content: { type: 'text', text: 'hello' },
      ...(chat.group ? { sender: chat.group.members.find((m) => m.person !== ME)?.person ?? '' } : {}),
    });
  // Keys are handed to the library as copies: it gives them another id later.
  const keyOf = (chat: SimChat, id: string): WAMessageKey => {
    const message = client.messages().find(({ key }) => key.id === id && key.remoteJid === chat.jid);
    assert.ok(message, 'the device has the message');
    return { ...message.key };
  };
  const own = async (chat: SimChat): Promise<WAMessageKey> => {
    const sent = await client.socket.sendMessage(chat.jid, { text: 'mine' });
    assert.ok(sent?.key.id);
    return { ...sent.key };
  };
  const state = (chat: SimChat, id: string | null | undefined) =>
    simulator.account.messageById(chat.key, id ?? '');
  /** Baileys folds an update that comes early into the message itself. */
  const refused = (id: string | null | undefined) =>
    [
      ...client.messages().flatMap(({ key, status }) => (key.id === id ? [status] : [])),
      ...client
        .events('messages.update')
        .flat()
        .flatMap(({ key, update }) => (key.id === id ? [update.status] : [])),
    ].includes(proto.WebMessageInfo.Status.ERROR);

  it('a reaction reaches every recipient and the other device once, and is taken back', async () => {
    for (const chat of [direct, ruled]) {
      const { id } = says(chat);
      await until(() => client.messages().some(({ key }) => key.id === id), 'message');
      await until(() => sibling.messages().some(({ key }) => key.id === id), 'message');
      for (const emoji of ['🎉', '']) {
        await client.socket.sendMessage(chat.jid, { react: { text: emoji, key: keyOf(chat, id) } });
        await until(
          () => state(chat, id)?.reactions.find(({ person }) => person === ME)?.emoji === emoji,
          'reaction in the account',
        );
        await until(
          () =>
            sibling
              .events('messages.reaction')
              .flat()
              .some(({ key, reaction }) => key.id === id && (reaction.text ?? '') === emoji),
          `reaction ${emoji} at the other device in ${chat.kind}`,
        );
      }
      const got = simulator.wire.mailbox.all().filter(({ targetId }) => targetId === id);
      const people = chat.group?.members.length ?? 2;
      for (const emoji of ['🎉', '']) {
        const readers = got.filter(({ does, text }) => does === 'reaction' && text === emoji);
        assert.equal(readers.length, people);
        assert.equal(new Set(readers.map(({ recipientJid }) => recipientJid)).size, people);
      }
    }
  });

  it('an edit and a revoke reach recipients and the other device', async () => {
    const key = await own(direct);
    await until(() => sibling.messages().some((m) => m.key.id === key.id), 'copy');
    const updates = () =>
      sibling
        .events('messages.update')
        .flat()
        .filter((update) => update.key.id === key.id);
    await client.socket.sendMessage(direct.jid, { text: 'better', edit: { ...key } });
    await until(() => state(direct, key.id)?.revisions.at(-1)?.text === 'better', 'edit');
    await until(() => updates().find(({ update }) => update.message), 'edit at the other device');
    await client.socket.sendMessage(direct.jid, { delete: { ...key } });
    await until(() => state(direct, key.id)?.revoked, 'revoke');
    await until(() => updates().find(({ update }) => update.message === null), 'revoke there');
    const about = simulator.wire.mailbox.all().filter(({ targetId }) => targetId === key.id);
    assert.deepEqual(
      about.map(({ does, text }) => [does, text]),
      [
        ['edit', 'better'],
        ['edit', 'better'],
        ['revoke', null],
        ['revoke', null],
      ],
    );
  });

  it("an admin takes back somebody else's message, a plain member is refused", async () => {
    const { id } = says(ruled);
    await until(() => client.messages().some(({ key }) => key.id === id), 'message');
    await client.socket.sendMessage(ruled.jid, { delete: keyOf(ruled, id) });
    await until(() => state(ruled, id)?.revoked?.by === ME, 'revoke by the admin');
    const other = says(plain);
    await until(() => client.messages().some(({ key }) => key.id === other.id), 'message');
    const sent = await client.socket.sendMessage(plain.jid, { delete: keyOf(plain, other.id) });
    await until(() => refused(sent?.key.id), 'refusal');
    assert.equal(state(plain, other.id)?.revoked, null);
    assert.deepEqual(simulator.wire.mailbox.byId(sent?.key.id ?? ''), []);
  });

  it('refuses what comes too late, when told to', async () => {
    simulator.faults.refuseLateChanges(true);
    const old = Array.from({ length: direct.historySize }, (_, index) =>
      simulator.account.message(direct.key, index),
    ).find((message) => message?.fromMe && message.revoked === null && message.content.type === 'text');
    assert.ok(old);
    const key = { remoteJid: direct.jid, fromMe: true, id: old.id };
    const edit = await client.socket.sendMessage(direct.jid, { text: 'late', edit: { ...key } });
    await until(() => refused(edit?.key.id), 'refusal of the edit');
    const revoke = await client.socket.sendMessage(direct.jid, { delete: { ...key } });
    await until(() => refused(revoke?.key.id), 'refusal of the revoke');
    assert.deepEqual(state(direct, old.id), old);
    const fresh = await own(direct);
    await client.socket.sendMessage(direct.jid, { text: 'in time', edit: fresh });
    await until(() => state(direct, fresh.id)?.revisions.length === 1, 'edit in time');
  });

  it('deletes for me: the other device hears of it, recipients do not, history leaves it out', async () => {
    for (const chat of [direct, ruled]) {
      const { id, time } = says(chat);
      await until(() => client.messages().some(({ key }) => key.id === id), 'message');
      const key = keyOf(chat, id);
      await client.socket.chatModify({ deleteForMe: { key, timestamp: time, deleteMedia: false } }, chat.jid);
      await until(() => state(chat, id)?.deletedForMe, 'gone from the account');
      await until(
        () =>
          sibling
            .events('messages.delete')
            .flatMap((event) => ('keys' in event ? event.keys : []))
            .some((deleted) => deleted.id === id),
        'deleted at the other device',
      );
      assert.equal(
        simulator.wire.mailbox.all().some(({ targetId }) => targetId === id),
        false,
      );
      const [truth] = [...simulator.oracle.messages(chat.key)].filter((message) => message.id === id);
      assert.equal(truth?.deletedForMe, true);
    }
    const { id } = says(direct);
    await until(() => sibling.messages().some(({ key }) => key.id === id), 'message');
    simulator.account.deleteForMe({ chat: direct.key, id, origin: { from: 'phone' } });
    const gone = () =>
      sibling
        .events('messages.delete')
        .some((event) => 'keys' in event && event.keys.some((k) => k.id === id));
    await until(gone, 'deleted on the phone');
  });
});
