import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { reasonTexts } from '#engines/contract/state.ts';
import { until } from '#kernel/testing/until.ts';
import { authenticate } from '#mcp/tools/authenticate.ts';
import { getConnectionStatus } from '#mcp/tools/get_connection_status.ts';
import { getMessageStatistics } from '#mcp/tools/get_message_statistics.ts';
import { getQrCode } from '#mcp/tools/get_qr_code.ts';
import { listChats } from '#mcp/tools/list_chats.ts';
import { logout } from '#mcp/tools/logout.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { engineOf, waitForHistory } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

const launcher = fileURLToPath(new URL('../../cli/tandem.mjs', import.meta.url));
const ALL_TOOLS = { TANDEM_TOOLSETS: 'all', TANDEM_SENDING: 'on' };

describe('without a linked account R:told-what-to-do', () => {
  let world: World;
  let service: Service;
  let assistant: Assistant;

  beforeEach(async () => {
    world = await createWorld('tiny');
  });
  afterEach(async () => {
    await assistant.close();
    await world.close();
  });

  const start = async (env: Readonly<Record<string, string>> = {}) => {
    service = await world.start({ ...ALL_TOOLS, ...env });
    await until(async () => (await engineOf(service)).level !== 'starting', 'an engine that answers');
    assistant = await connectAssistant(service);
  };
  const phone = () => `+${(world.simulator.account.person('me').pn ?? '').split('@')[0]}`;
  /** The text behind the picture, as a camera would read it. */
  const qrText = async () => {
    const { offer } = await engineOf(service);
    return offer?.method === 'qr' ? offer.text : '';
  };

  it('reading tools answer with nothing and say why', async () => {
    await start();
    const empty = {
      list_chats: {},
      list_messages: {},
      search_messages: { query: 'hello' },
      query_synced_messages: {},
      search_contacts: { query: 'Anna' },
      resolve_contact: { query: 'Anna' },
      list_groups: {},
      list_communities: {},
    };
    for (const [tool, args] of Object.entries(empty)) {
      const answer = await assistant.attempt(tool, args);
      assert.ok(answer.ok, tool);
      assert.equal(answer.data.reason, 'NO_MESSAGES_YET', tool);
    }
    assert.equal((await assistant.call(getMessageStatistics, {})).total_messages, 0);
    await assistant.refuses('CHAT_NOT_FOUND', 'get_chat', { chat: 'Anna' });
    await assistant.refuses('CONTACT_NOT_FOUND', 'get_last_interaction', { contact: 'Anna' });
    await assistant.refuses('MESSAGE_NOT_FOUND', 'get_message_context', { message_id: 'ABC123' });
    const status = await assistant.call(getConnectionStatus, {});
    assert.deepEqual([status.authenticated, status.ready], [false, false]);
    assert.match(status.next_step ?? '', /authenticate/);
  });

  it('sending says that linking comes first, and where', async () => {
    await start();
    const error = await assistant.refuses('NOT_AUTHENTICATED', 'send_message', {
      to: phone(),
      message: 'hello',
    });
    assert.match(error.hint, /authenticate|tandem link/);
  });

  it('authenticate shows a QR code; scanned, it links', async () => {
    await start();
    assert.equal((await assistant.call(getQrCode, {})).qr_available, false);
    const asked = await assistant.callLoosely(authenticate, {});
    assert.deepEqual([asked.state, asked.images], ['qr_issued', 1]);
    assert.ok(Date.parse(asked.qr_expires_at ?? '') > Date.now());
    const shown = await assistant.callLoosely(getQrCode, {});
    assert.deepEqual([shown.qr_available, shown.images], [true, 1]);
    assert.equal(await world.simulator.phone.scanQr(await qrText()), 'linked');
    const linked = await assistant.call(authenticate, { wait_for_link: true });
    assert.equal(linked.state, 'linked');
    const after = await assistant.callLoosely(getQrCode, {});
    assert.deepEqual([after.qr_available, after.images], [false, 0]);
    await waitForHistory(world, service);
    assert.equal((await assistant.call(authenticate, {})).state, 'linked');
  });

  it('authenticate gives a code for a number; typed on the phone, it links', async () => {
    await start();
    await assistant.refuses('INVALID_PHONE_FORMAT', 'authenticate', { phone_number: '0049 151' });
    const asked = await assistant.call(authenticate, { phone_number: phone() });
    assert.equal(asked.state, 'code_issued', JSON.stringify(asked.code_refused ?? null));
    assert.match(asked.code ?? '', /^[A-Z0-9]{4}-?[A-Z0-9]{4}$/);
    const again = await assistant.call(authenticate, { phone_number: phone() });
    assert.equal(again.code, asked.code, 'a valid code is not replaced');
    const waiting = assistant.call(authenticate, { phone_number: phone(), wait_for_link: true });
    assert.equal(await world.simulator.phone.enterCode(asked.code ?? ''), 'linked');
    assert.equal((await waiting).state, 'linked');
    await waitForHistory(world, service);
  });

  it('after a logout everything read before is still there, and linking again adds nothing twice', async () => {
    await start();
    await waitForHistory(world, service);
    const before = await assistant.call(getMessageStatistics, {});
    const { engines } = await assistant.call(logout, { confirm: true });
    assert.deepEqual([engines[0]?.unlinked_on_server, engines[0]?.session_deleted], [true, true]);
    assert.equal(world.simulator.wire.devices.companions().length, 0, 'the phone lists no device');
    assert.deepEqual(await assistant.call(getMessageStatistics, {}), before);
    assert.ok((await assistant.call(listChats, {})).chats.length > 0);
    await assistant.refuses('NOT_AUTHENTICATED', 'mark_chat_read', {
      chat: (await assistant.call(listChats, { limit: 1 })).chats[0]?.jid,
    });
    const asked = await assistant.call(authenticate, {});
    assert.equal(asked.state, 'qr_issued');
    assert.equal(await world.simulator.phone.scanQr(await qrText()), 'linked');
    await waitForHistory(world, service);
    assert.deepEqual(await assistant.call(getMessageStatistics, {}), before);
  });

  it('nobody scans: the offer ends, with the reason and what to do', async () => {
    await start({ TANDEM_LINK_TIMEOUT_SECONDS: '15' });
    const asked = await assistant.call(authenticate, {});
    assert.equal(asked.state, 'qr_issued');
    const watching = promisify(execFile)(process.execPath, [launcher, 'link', '--json'], {
      env: { ...process.env, ...world.env, TANDEM_DATA_DIR: world.dataDir },
    }).catch((failed: { readonly stdout: string; readonly code: number }) => failed);
    const error = await assistant.refuses('AUTH_QR_EXPIRED', 'authenticate', { wait_for_link: true });
    assert.match(error.hint, /authenticate/);
    const { stdout } = await watching;
    const [first = '', last = ''] = [stdout.split('\n').at(0), stdout.trimEnd().split('\n').at(-1)];
    assert.equal(JSON.parse(first).event, 'qr');
    assert.equal(JSON.parse(last).code, 'AUTH_QR_EXPIRED');
    const engine = await engineOf(service);
    assert.deepEqual([engine.level, engine.reason, engine.offer], ['unlinked', 'link-expired', null]);
    assert.deepEqual(
      [engine.means, engine.action],
      [reasonTexts['link-expired'].means, reasonTexts['link-expired'].action],
    );
  });
});
