import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { NOW_SECONDS } from '#orchestrator/services/testing/sample-history.ts';
import { syncStatus } from '../resources/sync-status.ts';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

describe('tools: session and admin', () => {
  let tools: ToolClient;
  before(async () => {
    tools = await openToolClient({
      commands: {
        'session.probe': () => Promise.resolve({ roundTripMs: 5 }),
        'session.logout': () => Promise.resolve({ unlinkedOnServer: true, sessionDeleted: true }),
        'link.code': () => Promise.reject(new TandemError('AUTH_PAIRING_FAILED')),
        'link.qr': () =>
          Promise.resolve({
            state: 'offered' as const,
            offer: { method: 'qr' as const, text: '2@abc', expiresAtMs: (NOW_SECONDS + 20) * 1_000 },
          }),
      },
    });
  });
  after(() => tools.close());

  it('ping', async () => {
    const { data } = await tools.call('ping');
    assert.equal(data.pong, true);
    await tools.refuses('VALIDATION_ERROR', 'ping', { loud: true });
  });

  it('get_connection_status, also as check_auth_status', async () => {
    assert.equal((await tools.call('get_connection_status')).data.ready, true);
    assert.equal((await tools.call('check_auth_status', { verify: false })).data.authenticated, true);
    await tools.refuses('VALIDATION_ERROR', 'get_connection_status', { verify: 'maybe' });
  });

  it('backend_status, also as check_bridge_status', async () => {
    const { data } = await tools.call('backend_status', { include_routing: true });
    assert.equal(data.overall, 'ok');
    assert.ok(Array.isArray(data.routing));
    assert.equal((await tools.call('check_bridge_status')).data.available_count, 1);
    await tools.refuses('VALIDATION_ERROR', 'backend_status', { engine: 'webjs' });
  });

  it('get_sync_status with and without a chat, also under its other names', async () => {
    assert.equal((await tools.call('get_sync_status')).data.scope, 'all');
    assert.equal((await tools.call('get_sync_overview')).data.sync_status, 'Active');
    const { data, label } = await tools.call('get_chat_sync_status', { chat_jid: 'Book club' });
    assert.deepEqual([data.scope, data.coverage], ['chat', 'partial']);
    assert.deepEqual(label, { integrity: 'untrusted', confidentiality: 'private' });
    await tools.refuses('CHAT_NOT_FOUND', 'get_sync_status', { chat: 'Nowhere' });
  });

  it('get_tool_info explains every tool, and offers near names', async () => {
    const { tools: listed } = await tools.client.listTools();
    for (const { name } of listed) {
      const { data } = await tools.call('get_tool_info', { tool_name: name });
      assert.ok(data.when_to_use, name);
    }
    const { data } = await tools.call('get_tool_info', { tool_name: 'disconnect' });
    assert.equal(data.tool, 'logout');
    assert.deepEqual(data.engines, [{ operation: 'session.logout', could_serve_now: ['baileys'] }]);
    const { hint } = await tools.refuses('TOOL_NOT_FOUND', 'get_tool_info', { tool_name: 'send_mesage' });
    assert.match(String(hint), /send_message/);
    const unlike = await tools.refuses('TOOL_NOT_FOUND', 'get_tool_info', { tool_name: 'nope' });
    assert.deepEqual(unlike.details, { near_matches: [] });
    assert.match(String(unlike.hint), /tools\/list/);
    assert.doesNotMatch(String(unlike.hint), /near/);
  });

  it('get_tool_info says which arguments must be given', async () => {
    const required = async (tool_name: string) =>
      (await tools.call('get_tool_info', { tool_name })).data.required_arguments;
    assert.deepEqual(await required('get_message_by_id'), ['message_id']);
    assert.deepEqual(await required('get_sync_status'), []);
  });

  it('get_tool_info names related tools that can be called', async () => {
    const few = await openToolClient({ config: { toolsets: ['default'] } });
    try {
      const related = async (client: ToolClient) =>
        (await client.call('get_tool_info', { tool_name: 'get_job' })).data.related as string[];
      assert.deepEqual(await related(few), ['cancel_sync']);
      assert.deepEqual(await related(tools), ['list_jobs', 'cancel_sync', 'resume_sync', 'pause_job']);
    } finally {
      await few.close();
    }
  });

  it('run_diagnostics', async () => {
    const { data } = await tools.call('run_diagnostics', { checks: ['runtime', 'database'] });
    assert.deepEqual(data.summary, { ok: 2, warnings: 0, errors: 0 });
    await tools.refuses('VALIDATION_ERROR', 'run_diagnostics', { checks: ['weather'] });
  });

  it('authenticate and get_qr_code give a picture', async () => {
    assert.equal((await tools.call('authenticate')).data.state, 'linked');
    const forced = await tools.call('authenticate', { force: true, phoneNumber: '+4915112345678' });
    assert.deepEqual([forced.data.state, forced.images], ['qr_issued', 1]);
    await tools.refuses('INVALID_PHONE_FORMAT', 'authenticate', { phone_number: '0049' });
    assert.equal((await tools.call('get_qr_code')).data.qr_available, false);
    const expiresAtMs = (NOW_SECONDS + 20) * 1_000;
    tools.world.setEngine({ offer: { method: 'qr', text: '2@abc', expiresAtMs } });
    const shown = await tools.call('get_qr_code');
    assert.deepEqual([shown.data.qr_available, shown.images], [true, 1]);
    await tools.refuses('VALIDATION_ERROR', 'get_qr_code', { engine: 'webjs' });
  });

  it('logout, also as disconnect, only with a yes', async () => {
    await tools.refuses('VALIDATION_ERROR', 'disconnect');
    assert.equal((await tools.call('logout', { confirm: true })).data.messages_kept, true);
  });

  it('reads whatsapp://sync-status under the keys of other servers', async () => {
    const { contents } = await tools.client.readResource({ uri: 'whatsapp://sync-status' });
    const [only] = contents as readonly { readonly text: string; readonly mimeType: string }[];
    const status = JSON.parse(only?.text ?? '{}') as Record<string, Record<string, unknown>>;
    assert.equal(only?.mimeType, 'application/json');
    assert.deepEqual(
      [status.bridge_status?.running, status.bridge_status?.overall, status.sync_stats?.total_messages],
      [true, 'Active', 11],
    );
    assert.deepEqual(Object.keys(status.bridge_status ?? {}), [
      'running',
      'authenticated',
      'api_responsive',
      'overall',
    ]);
    await assert.rejects(tools.client.readResource({ uri: 'whatsapp://nothing' }));
  });

  it('tells readers of whatsapp://sync-status of changes, many at once, until they stop', async () => {
    let changes = 0;
    const changed = new Promise<void>((resolve) => {
      const stop = syncStatus.watch?.(tools.world.services, () => {
        changes += 1;
        stop?.();
        resolve();
      });
      for (let n = 0; n < 5; n += 1) tools.world.setEngine({ reconnectAttempts: n });
    });
    await changed;
    tools.world.setEngine({ reconnectAttempts: 9 });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    assert.equal(changes, 1);
  });
});
