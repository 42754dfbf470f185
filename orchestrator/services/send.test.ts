import assert from 'node:assert/strict';
import type { CommandInput } from '#engines/contract/command.ts';
import type { GroupInfo } from '#engines/contract/group.ts';
import { TandemError } from '#kernel/errors.ts';
import type { SendMessageRequest } from './send.ts';
import { createDeliveryWait, deliveryWaitMs } from './send-delivery.ts';
import { candidateJids, failsWith } from './testing/errors.ts';
import { anna, bert, club, group, groupInfo, me, NOW_SECONDS } from './testing/sample-history.ts';
import { createWorld, type World } from './testing/world.ts';

describe('sending a message', () => {
  let world: World;
  let sent: CommandInput<'send.text'>[];
  let failure: TandemError | null;
  beforeEach(async () => {
    sent = [];
    failure = null;
    world = await createWorld({
      commands: {
        'send.text': (input) => {
          if (failure !== null) return Promise.reject(failure);
          sent.push(input);
          return Promise.resolve({
            messageId: input.messageId,
            chat: input.chat,
            sentAt: NOW_SECONDS,
            status: 'sent' as const,
          });
        },
      },
    });
  });
  afterEach(() => world.close());
  const send = async (change: Partial<SendMessageRequest> = {}) => {
    const request = { to: 'Anna Müller', message: 'On my way.', allow_duplicate: false, dry_run: false };
    return (await world.services.sendMessage({ ...request, ...change })).data;
  };

  it('sends once to whom the name means, and says where it went', async () => {
    const data = await send();
    assert.equal(sent.length, 1);
    assert.deepEqual(data, {
      sent: true,
      message_id: sent[0]?.messageId,
      chat_jid: anna.lid,
      chat_name: 'Anna Müller',
      timestamp: '2026-03-02T10:00:00+01:00',
      status: 'sent',
      deduplicated: false,
    });
  });

  it('holds a repeat back, unless it is wanted', async () => {
    const first = await send();
    const again = await send();
    assert.deepEqual(
      [again.sent, again.deduplicated, again.notice, again.message_id],
      [false, true, 'DUPLICATE_SUPPRESSED', first.message_id],
    );
    await send({ allow_duplicate: true });
    assert.equal(sent.length, 2);
  });

  it('answers the same key with the same result, and another text under it with an error', async () => {
    const first = await send({ idempotency_key: 'k1' });
    const again = await send({ idempotency_key: 'k1' });
    assert.deepEqual(
      [again.message_id, again.deduplicated, again.idempotency_key],
      [first.message_id, true, 'k1'],
    );
    await failsWith('IDEMPOTENCY_KEY_REUSED', () => send({ idempotency_key: 'k1', message: 'Other' }));
    assert.equal(sent.length, 1);
  });

  it('replies to a message of the same chat, by its author in groups', async () => {
    await send({ to: 'Book club', reply_to: 'BOOK0000000000001', mentions: [` ${anna.lid} `] });
    assert.deepEqual(sent[0]?.quoted, {
      id: 'BOOK0000000000001',
      fromMe: false,
      sender: bert.lid,
      text: 'Next book: the short one',
    });
    assert.deepEqual(sent[0]?.mentions, [anna.lid]);
    await failsWith('MESSAGE_NOT_FOUND', () => send({ to: club, reply_to: 'FIRST000000000001' }));
    await failsWith('INVALID_JID', () => send({ to: club, mentions: ['Anna'] }));
  });

  it('checks everything and sends nothing in a dry run', async () => {
    assert.deepEqual(await send({ dry_run: true }), {
      sent: false,
      dry_run: true,
      deduplicated: false,
      chat_jid: anna.lid,
      chat_name: 'Anna Müller',
    });
    await failsWith('TEXT_TOO_LONG', () => send({ dry_run: true, message: 'x'.repeat(4_097) }));
    await failsWith('VALIDATION_ERROR', () => send({ dry_run: true, message: ' \n ' }));
    const error = await failsWith('RECIPIENT_AMBIGUOUS', () => send({ dry_run: true, to: 'carla' }));
    assert.equal(candidateJids(error).length, 2);
    await failsWith('RECIPIENT_NOT_FOUND', () => send({ dry_run: true, to: 'Nobody' }));
    for (const to of ['status@broadcast', '123@newsletter', '123@broadcast'])
      await failsWith('INVALID_JID', () => send({ to }));
    await failsWith('INVALID_PHONE_FORMAT', () => send({ dry_run: true, to: '0151 2345678' }));
    assert.equal(sent.length, 0);
  });

  it('passes on what the engine says', async () => {
    failure = new TandemError('SEND_FAILED');
    await failsWith('SEND_FAILED', () => send());
    failure = new TandemError('DELIVERY_UNKNOWN');
    await failsWith('DELIVERY_UNKNOWN', () => send({ message: 'second' }));
    assert.equal(sent.length, 0);
  });

  it('shows where to link when nothing is linked', async () => {
    world.setEngine({ level: 'unlinked', reason: 'not-linked', account: null });
    const error = await failsWith('NOT_AUTHENTICATED', () => send());
    assert.equal(error.details?.qr_url, world.pageUrl);
    const lookup = await failsWith('CAPABILITY_UNAVAILABLE', () => send({ to: '+491701234567' }));
    assert.equal(lookup.details?.qr_url, undefined);
  });
});

describe('waiting for the other phone', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({
      commands: {
        'send.text': async ({ messageId, chat }) => {
          const receipt = {
            chat,
            ids: [messageId],
            recipient: anna.pn,
            status: 'delivered' as const,
            at: NOW_SECONDS,
          };
          setTimeout(() => void world.learn([{ kind: 'receipt', ...receipt }]), 100);
          const echo = {
            via: 'echo',
            fromMe: true,
            sender: null,
            sentAt: NOW_SECONDS,
            type: 'text',
          } as const;
          await world.learn([
            { kind: 'message', chat, id: messageId, text: 'On my way.', status: 'sent', ...echo },
          ]);
          return { messageId, chat, sentAt: NOW_SECONDS, status: 'sent' as const };
        },
      },
    });
  });
  afterEach(() => world.close());

  it('answers as soon as the receipt is there', async () => {
    const request = { to: anna.pn, message: 'On my way.', allow_duplicate: false, dry_run: false };
    const { data } = await world.services.sendMessage({ ...request, wait_for: 'delivered' });
    assert.deepEqual([data.status, data.notice], ['delivered', undefined]);
  });

  it('gives up after a while', async () => {
    const { history, services } = world;
    const wait = createDeliveryWait({ history, onChange: services.onChange });
    assert.equal(await wait('NEVERSENT0000001', 50), null);
    assert.equal(deliveryWaitMs(performance.now() - 60_000), 0);
    assert.equal(deliveryWaitMs(performance.now()), 15_000);
  });
});

describe('writing to groups', () => {
  let world: World;
  let live: () => Promise<{ groups: GroupInfo[] }>;
  let answers: (TandemError | null)[];
  let tries: number;
  beforeEach(async () => {
    live = () => Promise.reject(new TandemError('ENGINE_TIMEOUT'));
    answers = [];
    tries = 0;
    world = await createWorld({
      commands: {
        'group.read': () => live(),
        'send.text': ({ messageId, chat }) => {
          tries += 1;
          const error = answers.shift() ?? null;
          if (error !== null) return Promise.reject(error);
          return Promise.resolve({ messageId, chat, sentAt: NOW_SECONDS, status: 'sent' as const });
        },
      },
    });
  });
  afterEach(() => world.close());
  const send = async (dry_run = false) => {
    const request = { to: club, message: 'Hello all.', allow_duplicate: true, dry_run };
    return (await world.services.sendMessage(request)).data;
  };
  const asMember = [
    { jid: bert.lid, role: 'owner' },
    { jid: me.lid, alt: me.pn, role: 'member' },
  ] as const;
  const others = [{ jid: bert.lid, role: 'owner' }] as const;
  const answer = (change: Partial<GroupInfo>) => {
    live = () => Promise.resolve({ groups: [groupInfo(club, 'Book club', change)] });
  };

  it('is refused where only admins write, once WhatsApp confirms it', async () => {
    await world.learn([group(club, 'Book club', { announce: true, members: [...asMember] })]);
    answer({ announce: true, members: [...asMember] });
    await failsWith('NOT_GROUP_ADMIN', () => send());
    await failsWith('NOT_GROUP_ADMIN', () => send(true));
    assert.equal(tries, 0);
    answer({ announce: false, members: [...asMember] });
    assert.equal((await send()).sent, true);
  });

  it('is refused to whoever is not in the group any more', async () => {
    await world.learn([group(club, 'Book club', { members: [...others] })]);
    live = () => Promise.reject(new TandemError('NOT_GROUP_MEMBER'));
    await failsWith('NOT_GROUP_MEMBER', () => send());
    answer({ members: [...others] });
    await failsWith('NOT_GROUP_MEMBER', () => send());
    assert.equal(tries, 0);
    live = () => Promise.reject(new TandemError('ENGINE_TIMEOUT'));
    assert.equal((await send()).sent, true);
  });

  it('is tried once more after a refusal that old metadata can explain', async () => {
    const refusal = () => new TandemError('SEND_FAILED', { details: { upstream: 403 } });
    answers = [refusal()];
    answer({ members: [...asMember] });
    assert.equal((await send()).sent, true);
    assert.equal(tries, 2);
    answers = [refusal()];
    live = () => Promise.reject(new TandemError('NOT_GROUP_MEMBER'));
    await failsWith('NOT_GROUP_MEMBER', () => send());
    answers = [new TandemError('SEND_FAILED', { details: { upstream: 406 } })];
    await failsWith('SEND_FAILED', () => send());
    assert.equal(tries, 4);
  });
});
