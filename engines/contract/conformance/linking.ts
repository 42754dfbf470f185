import assert from 'node:assert/strict';
import type { CommandName } from '../command.ts';
import type { MakeRig, Rig } from './rig.ts';
import { fails, level, linkByQr, observedOf } from './tools.ts';

/** link.qr, link.code, session.probe, session.logout, and what an engine without an account says. */
export function linkingConformance(makeRig: MakeRig): void {
  describe('linking', () => {
    let rig: Rig;
    beforeEach(async () => {
      rig = await makeRig();
    });
    afterEach(() => rig.close());

    it('is unlinked at first, says so, and refuses what needs an account', async () => {
      const status = await level(rig, 'unlinked');
      assert.deepEqual([status.reason, status.account, status.offer], ['not-linked', null, null]);
      assert.equal(status.testServer, true);
      const { capabilities } = await rig.client().status();
      for (const [name, input] of needAccount(rig.account.friend.pn)) {
        if (!capabilities.includes(name)) continue;
        await fails(rig.client().command(name, input as never), 'NOT_AUTHENTICATED');
      }
    });

    it('links by QR: offers one, shows it in the status, and knows the account afterwards', async () => {
      const first = await rig.client().command('link.qr', {});
      assert.ok(first.state === 'offered' && first.offer.method === 'qr');
      assert.ok(first.offer.expiresAtMs > Date.now());
      const status = await level(rig, 'linking');
      assert.deepEqual([status.reason, status.offer?.method], ['waiting-for-scan', 'qr']);
      await rig.account.scanQr(first.offer.text);
      const linked = await level(rig, 'ready');
      assert.equal(linked.account?.pn, rig.account.own.pn);
      assert.equal(linked.account.lid, rig.account.own.lid);
      assert.deepEqual([linked.offer, linked.reason], [null, 'none']);
      assert.ok((linked.connectedSinceMs ?? 0) > 0);
      assert.deepEqual(await rig.client().command('link.qr', {}), { state: 'linked' });
      const { roundTripMs } = await rig.client().command('session.probe', {});
      assert.ok(roundTripMs >= 0);
      const levels = (await observedOf(rig, 'connection')).map((one) => one.level);
      assert.ok(levels.includes('ready') || levels.includes('syncing'), levels.join());
    });

    it('links by code', async () => {
      const phone = rig.account.own.pn.replace(/@.*/, '');
      const result = await rig.client().command('link.code', { phone });
      assert.ok(result.state === 'offered' && result.offer.method === 'code');
      assert.match(result.offer.code, /^[0-9A-Z]{4}-?[0-9A-Z]{4}$/);
      await rig.account.enterCode(result.offer.code);
      assert.equal((await level(rig, 'ready')).account?.pn, rig.account.own.pn);
    });

    it('stays linked over a restart, and comes back by itself', async () => {
      await linkByQr(rig);
      await rig.restart('politely');
      await level(rig, 'ready');
      await rig.restart('kill');
      assert.equal((await level(rig, 'ready')).account?.pn, rig.account.own.pn);
    });

    it('logs out on request, keeps what it learned, and can be linked again', async () => {
      await linkByQr(rig);
      const before = (await rig.client().status()).outbox;
      const result = await rig.client().command('session.logout', {});
      assert.deepEqual(result, { unlinkedOnServer: true, sessionDeleted: true });
      const status = await level(rig, 'unlinked', 'logged-out');
      assert.equal(status.outbox.id, before.id);
      assert.ok(status.outbox.lastSeq >= before.lastSeq && status.outbox.firstSeq === before.firstSeq);
      await linkByQr(rig);
    });

    it('notices that it was removed on the phone, and waits for a person', async () => {
      await linkByQr(rig);
      rig.account.removeDevice();
      const status = await level(rig, 'logged-out');
      assert.equal(status.reason, 'logged-out');
      await fails(rig.client().command('group.read', {}), 'DEVICE_REMOVED', 'NOT_AUTHENTICATED');
    });
  });
}

/** Inputs of all that cannot be done without an account. */
function needAccount(chat: string): readonly (readonly [CommandName, object])[] {
  const messageId = '3EB0CAFE00000001';
  const message = { chat, id: messageId, fromMe: true, sender: null };
  const newest = { id: messageId, fromMe: true, sender: null, sentAt: 1_700_000_000 };
  const content = { type: 'text', text: 'x', media: null };
  return [
    ['session.probe', {}],
    ['appstate.resync', {}],
    ['devices.list', {}],
    ['send.text', { chat, messageId, text: 'x' }],
    ['message.react', { message, emoji: '👍' }],
    ['message.edit', { message, text: 'x' }],
    ['message.revoke', { message, scope: 'everyone', sentAt: newest.sentAt }],
    ['message.revoke', { message, scope: 'me', sentAt: newest.sentAt }],
    ['message.forward', { chat, messageId, source: message, content }],
    ['message.markRead', { messages: [message] }],
    ['chat.markRead', { chat, newest, tellSenders: true }],
    ['chat.archive', { chat, archived: true, newest }],
    ['chat.pin', { chat, pinned: true }],
    ['chat.mute', { chat, until: null }],
    ['history.page', { chat, anchor: newest, count: 10 }],
    ['group.read', {}],
    ['community.read', {}],
    ['contact.lookup', { phones: ['4915112345678'] }],
    ['contact.picture', { jid: chat, size: 'full' }],
    ['contact.block', { pn: chat, lid: null, blocked: true }],
    ['contact.blocklist', {}],
  ];
}
