import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import type { Rig } from './rig.ts';
import { describeOffered, isFriendChat, level, message, told } from './tools.ts';

/** devices.list, appstate.resync, session.reconnect. Runs on a linked rig. */
export function sessionConformance(rig: () => Rig): void {
  describeOffered('devices.list', rig, () => {
    it('tells the own devices, or how many there are', async () => {
      const { listed, count, devices } = await rig().client().command('devices.list', {});
      assert.equal(count, rig().account.deviceCount());
      if (!listed) return assert.deepEqual(devices, []);
      assert.equal(devices.length, count);
      assert.equal(new Set(devices.map(({ number }) => number)).size, count);
      assert.equal(devices.filter(({ isSelf }) => isSelf).length, 1);
      assert.ok(
        devices.some(({ number, isSelf }) => number === 0 && !isSelf),
        'the phone',
      );
    });
  });

  describeOffered('appstate.resync', rig, () => {
    it('says what it fetched, and goes on', async function () {
      this.timeout(60_000);
      const { resynced } = await rig()
        .client()
        .command('appstate.resync', { collections: ['regular_low'] });
      assert.ok(resynced.includes('regular_low'));
      await level(rig(), 'ready');
      rig().account.phoneArranges({ archived: true });
      await told(
        rig(),
        'chat',
        'what changed afterwards',
        (one) => isFriendChat(rig(), one.chat) && one.archived === true,
      );
      rig().account.phoneArranges({ archived: false });
    });
  });

  describeOffered('session.reconnect', rig, () => {
    it('connects anew with the same session, and loses nothing', async function () {
      this.timeout(60_000);
      const since = (await rig().client().status()).connectedSinceMs ?? 0;
      assert.deepEqual(await rig().client().command('session.reconnect', {}), { started: true });
      const { id } = rig().account.friendWrites('written meanwhile');
      await until(async () => {
        const status = await rig().client().status();
        return status.level === 'ready' && (status.connectedSinceMs ?? 0) > since;
      }, 'new connection');
      assert.equal((await message(rig(), id)).text, 'written meanwhile');
    });
  });
}
