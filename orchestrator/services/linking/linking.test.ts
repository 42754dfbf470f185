import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { LinkOffer } from '#engines/contract/state.ts';
import { TandemError } from '#kernel/errors.ts';
import { failsWith } from '../testing/errors.ts';
import { me, NOW_SECONDS } from '../testing/sample-history.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import type { AuthenticateRequest } from './linking.ts';

const NOW_MS = NOW_SECONDS * 1_000;
const qr: LinkOffer = { method: 'qr', text: '2@abc,def,ghi', expiresAtMs: NOW_MS + 20_000 };
const code: LinkOffer = { method: 'code', code: 'ABCD1234', expiresAtMs: NOW_MS + 60_000 };
const account = { ...me, pushName: 'Me' };
const unlinked = { level: 'unlinked', reason: 'not-linked', account: null, connectedSinceMs: null } as const;

const plain: AuthenticateRequest = { wait_for_link: false, poll_interval_sec: 2, force: false };
const byCode = { ...plain, phone_number: '+49 151 00000000' };

describe('linking', () => {
  let world: World;
  let asked: string[];
  const open = async (options: WorldOptions = {}) => {
    asked = [];
    const commands: CommandHandlers = {
      'link.qr': () => {
        asked.push('qr');
        world.setEngine({ level: 'linking', reason: 'waiting-for-scan', offer: qr });
        return Promise.resolve({ state: 'offered' as const, offer: qr });
      },
      'link.code': ({ phone }) => {
        asked.push(phone);
        world.setEngine({ level: 'linking', reason: 'waiting-for-code', offer: code });
        return Promise.resolve({ state: 'offered' as const, offer: code });
      },
      ...options.commands,
    };
    world = await createWorld({ empty: true, status: unlinked, ...options, commands });
  };
  afterEach(() => world.close());
  const authenticate = (request: Partial<AuthenticateRequest> = {}) =>
    world.services.linking.authenticate({ ...plain, ...request });

  it('shows a QR as a picture, and the same one until it runs out', async () => {
    await open();
    const { data, images } = await authenticate();
    assert.deepEqual([data.state, data.page_url], ['qr_issued', world.pageUrl]);
    assert.equal(data.qr_expires_at, '2026-03-02T10:00:20+01:00');
    const png = Buffer.from(images?.[0]?.base64 ?? '', 'base64');
    assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG');
    const [, small] = /^data:image\/png;base64,(.+)$/.exec(data.qr_data_uri ?? '') ?? [];
    assert.equal(
      Buffer.from(small ?? '', 'base64')
        .subarray(1, 4)
        .toString('latin1'),
      'PNG',
    );
    assert.ok((small?.length ?? 0) < 4_000, `${small?.length} characters`);
    assert.deepEqual(readFileSync(data.qr_file ?? ''), png);
    assert.equal(statSync(data.qr_file ?? '').mode & 0o077, 0);
    assert.ok(!JSON.stringify(data).includes('2@abc'));
    await authenticate();
    assert.deepEqual(asked, ['qr']);
    world.clock.advance(18_000);
    await authenticate();
    assert.deepEqual(asked, ['qr', 'qr']);
  });

  it('gives a code for a number, the waiting one for the same number only', async () => {
    await open();
    const { data, images } = await authenticate(byCode);
    assert.deepEqual([data.state, data.code, images?.length], ['code_issued', 'ABCD1234', 0]);
    await authenticate({ phone_number: '4915100000000' });
    await authenticate({ phone_number: '+4915199999999' });
    assert.deepEqual(asked, ['4915100000000', '4915199999999']);
    await failsWith('INVALID_PHONE_FORMAT', () => authenticate({ phone_number: '0151 234567' }));
  });

  it('falls back to a QR when the code is refused, and says so', async () => {
    await open({
      commands: { 'link.code': () => Promise.reject(new TandemError('AUTH_PAIRING_FAILED')) },
    });
    const { data, images, meta } = await authenticate(byCode);
    assert.deepEqual(
      [data.state, data.code_refused?.code, images?.length, meta?.degraded],
      ['qr_issued', 'AUTH_PAIRING_FAILED', 1, true],
    );
  });

  it('changes nothing while connected, unless forced', async () => {
    await open({ status: { level: 'ready', account } });
    const { data } = await authenticate(byCode);
    assert.deepEqual([data.state, data.own_jid, asked], ['linked', me.lid, []]);
    await authenticate({ force: true });
    assert.deepEqual(asked, ['qr']);
  });

  it('waits for a session that is reconnecting, instead of linking anew', async () => {
    await open({ status: { level: 'recovering', reason: 'connection-lost', account } });
    const pending = authenticate();
    setTimeout(() => world.setEngine({ level: 'ready', reason: 'none' }), 300);
    assert.deepEqual([(await pending).data.state, asked], ['linked', []]);
  });

  it('waits for the phone and reports how far it is', async () => {
    await open();
    const steps: number[] = [];
    const pending = world.services.linking.authenticate(
      { ...plain, wait_for_link: true },
      undefined,
      ({ done }) => steps.push(done),
    );
    setTimeout(() => world.setEngine({ level: 'syncing', reason: 'none', account, offer: null }), 2_500);
    assert.equal((await pending).data.state, 'linked');
    assert.deepEqual(steps, [2]);
  });

  it('says what went wrong while it waited', async () => {
    for (const [reason, expected] of [
      ['link-expired', 'AUTH_QR_EXPIRED'],
      ['forbidden', 'ACCOUNT_BANNED'],
      ['account-mismatch', 'ACCOUNT_MISMATCH'],
      ['multidevice-mismatch', 'MULTIDEVICE_MISMATCH'],
    ] as const) {
      await open();
      const pending = failsWith(expected, () => authenticate({ wait_for_link: true }));
      setTimeout(() => world.setEngine({ level: 'unlinked', reason, offer: null }), 200);
      await pending;
      if (reason !== 'multidevice-mismatch') await world.close();
    }
  });

  it('gives up after the time allowed', async () => {
    await open();
    await failsWith('AUTH_LINK_TIMEOUT', () => authenticate({ wait_for_link: true, link_timeout_sec: 1 }));
  });

  it('slows down, and then refuses, whoever asks again and again; a restart changes nothing', async () => {
    await open();
    const attempt = () => authenticate({ force: true });
    await attempt();
    await attempt();
    const pause = await failsWith('AUTH_COOLDOWN', attempt);
    assert.equal(pause.retryAfterSeconds, 60);
    const minutes = (n: number) => world.clock.advance(n * 60_000);
    minutes(2);
    await attempt();
    await failsWith('AUTH_COOLDOWN', async () => {
      await attempt();
      await attempt();
    });
    minutes(10);
    await attempt();
    minutes(10);
    const refused = await failsWith('AUTH_RATE_LIMITED', async () => {
      for (let n = 0; n < 6; n += 1) await attempt();
    });
    assert.ok((refused.retryAfterSeconds ?? 0) > 60);
    assert.equal(asked.length, 5);
    minutes(31);
    await attempt();
  });

  it('forgets earlier attempts and the saved picture once the phone has confirmed, whoever waited for it', async () => {
    await open();
    const attempt = () => authenticate({ force: true });
    await attempt();
    const { data } = await attempt();
    await failsWith('AUTH_COOLDOWN', attempt);
    assert.ok(existsSync(data.qr_file ?? ''));
    world.setEngine({ level: 'syncing', reason: 'none', account, offer: null });
    assert.equal((await authenticate()).data.state, 'linked');
    assert.ok(!existsSync(data.qr_file ?? ''));
    world.setEngine(unlinked);
    await attempt();
    assert.deepEqual(asked, ['qr', 'qr', 'qr']);
  });

  it('says that the code was refused when there is no QR to fall back to', async () => {
    await open({
      commands: {
        'link.code': () => Promise.reject(new TandemError('AUTH_PAIRING_FAILED')),
        'link.qr': () => Promise.reject(new TandemError('QR_NOT_AVAILABLE')),
      },
    });
    const error = await failsWith('AUTH_PAIRING_FAILED', () => authenticate(byCode));
    assert.equal(error.details?.qr_error, 'QR_NOT_AVAILABLE');
  });

  it('suggests the number that was probably meant', async () => {
    await open();
    const error = await failsWith('INVALID_PHONE_FORMAT', () =>
      authenticate({ phone_number: '0151 2345678' }),
    );
    assert.equal(error.details?.suggestion, '+491512345678');
  });

  it('shows the QR that waits, and says so when there is none', async () => {
    await open();
    const none = await world.services.linking.qrCode({});
    assert.deepEqual([none.data.qr_available, none.data.state, none.images], [false, 'unlinked', undefined]);
    await authenticate();
    const shown = await world.services.linking.qrCode({ engine: 'baileys' });
    assert.deepEqual([shown.data.qr_available, shown.images?.length], [true, 1]);
    world.setEngine({ level: 'ready', offer: null, account });
    assert.match((await world.services.linking.qrCode({})).data.next_step, /linked/);
    await failsWith('VALIDATION_ERROR', () => world.services.linking.qrCode({ engine: 'webjs' }));
  });
});

describe('logging out', () => {
  let world: World;
  afterEach(() => world.close());
  const open = async (commands: CommandHandlers, status: WorldOptions['status'] = {}) => {
    world = await createWorld({ commands, status });
  };
  const gone = (unlinkedOnServer: boolean) => () =>
    Promise.resolve({ unlinkedOnServer, sessionDeleted: true });

  it('needs a yes, and keeps every message', async () => {
    await open({ 'session.logout': gone(true) });
    await failsWith('VALIDATION_ERROR', () => world.services.logout({ engine: 'all', confirm: false }));
    const { data } = await world.services.logout({ engine: 'all', confirm: true });
    assert.deepEqual(data, {
      engines: [{ engine: 'baileys', was_linked: true, unlinked_on_server: true, session_deleted: true }],
      messages_kept: true,
    });
    assert.equal((await world.history.overview()).messages, 11);
  });

  it('says when the device has to be removed by hand', async () => {
    await open({ 'session.logout': gone(false) });
    await failsWith('LOGOUT_PARTIAL', () => world.services.logout({ engine: 'baileys', confirm: true }));
  });

  it('has nothing to do when nothing is linked, and passes failures on', async () => {
    await open({ 'session.logout': () => Promise.reject(new TandemError('ENGINE_TIMEOUT')) }, unlinked);
    const { data } = await world.services.logout({ engine: 'all', confirm: true });
    assert.equal(data.engines[0]?.was_linked, false);
    world.setEngine({ level: 'ready', account });
    await failsWith('ENGINE_TIMEOUT', () => world.services.logout({ engine: 'all', confirm: true }));
    await failsWith('VALIDATION_ERROR', () => world.services.logout({ engine: 'webjs', confirm: true }));
  });
});
