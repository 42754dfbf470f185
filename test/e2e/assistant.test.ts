import assert from 'node:assert/strict';
import type { Toolset } from '#mcp/tool.ts';
import { allTools } from '#mcp/tools/all.ts';
import { authenticate } from '#mcp/tools/authenticate.ts';
import { backendStatus } from '#mcp/tools/backend_status.ts';
import { getCommunityGroups } from '#mcp/tools/get_community_groups.ts';
import { getConnectionStatus } from '#mcp/tools/get_connection_status.ts';
import { getGroupInfo } from '#mcp/tools/get_group_info.ts';
import { getLinkedDevices } from '#mcp/tools/get_linked_devices.ts';
import { getQrCode } from '#mcp/tools/get_qr_code.ts';
import { getSyncStatus } from '#mcp/tools/get_sync_status.ts';
import { getToolInfo } from '#mcp/tools/get_tool_info.ts';
import { listCommunities } from '#mcp/tools/list_communities.ts';
import { listGroups } from '#mcp/tools/list_groups.ts';
import { logout } from '#mcp/tools/logout.ts';
import { ping } from '#mcp/tools/ping.ts';
import { resolveContact } from '#mcp/tools/resolve_contact.ts';
import { restartEngine } from '#mcp/tools/restart_engine.ts';
import { runDiagnostics } from '#mcp/tools/run_diagnostics.ts';
import { searchContacts } from '#mcp/tools/search_contacts.ts';
import { sendMessage } from '#mcp/tools/send_message.ts';
import type { OracleChat, OracleMessage } from '#simulator/account/oracle.ts';
import { type Assistant, connectAssistant, type Era } from '../rig/assistant.ts';
import { sorted } from '../rig/facts.ts';
import { startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

/** Those that are called here. */
const TOOLSETS: readonly Toolset[] = ['session', 'sending', 'contacts', 'groups', 'communities', 'admin'];
const ABSENT = { group: '120363999999999999@g.us', person: '999999999999999@lid' };

describe('an assistant reads and writes through every tool', () => {
  let world: World;
  let service: Service;
  let chats: readonly OracleChat[];
  /** What the phone has pushed, so what the store holds. */
  let stored: readonly OracleMessage[];

  before(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world, { TANDEM_TOOLSETS: 'all', TANDEM_SENDING: 'on' });
  });
  after(() => world.close());
  const learn = () => {
    chats = [...world.simulator.oracle.chats()];
    stored = [...world.simulator.oracle.messages()].filter(({ pushed }) => pushed);
  };

  const of = (chat: OracleChat) => stored.filter(({ chatKey }) => chatKey === chat.chatKey);
  const direct = () =>
    chats.find((chat) => chat.kind === 'direct' && chat.jids.length === 2 && chat.name) as OracleChat;
  const group = () => chats.find(({ kind }) => kind === 'group') as OracleChat;
  const community = () => chats.find(({ kind }) => kind === 'community') as OracleChat;

  const eras: readonly Era[] = ['2025', '2026'];
  for (const era of eras) {
    describe(`protocol of ${era} R:both-protocols`, () => {
      let assistant: Assistant;
      const failed = new Set<string>();
      const refuses: Assistant['refuses'] = (code, tool, args) => {
        failed.add(tool);
        return assistant.refuses(code, tool, args);
      };

      before(async () => {
        learn();
        assistant = await connectAssistant(service, era);
      });
      after(() => assistant.close());

      it('lists every tool', () => {
        assert.deepEqual(
          assistant.toolNames,
          allTools.map(({ name }) => name),
        );
      });

      it('session: status, linking, engines, sync', async () => {
        const status = await assistant.call(getConnectionStatus, {});
        assert.deepEqual([status.authenticated, status.ready, status.test_server], [true, true, true]);
        assert.equal(status.engines[0]?.probe?.ok, true);
        assert.equal(status.store.messages, stored.length);
        const me = world.simulator.account.person('me');
        assert.deepEqual([status.engines[0]?.own_jid, status.engines[0]?.own_lid], [me.pn, me.lid]);
        assert.equal((await assistant.call(authenticate, {})).state, 'linked');
        assert.equal((await assistant.call(getQrCode, {})).qr_available, false);
        const engines = await assistant.call(backendStatus, {
          include_capabilities: true,
          include_routing: true,
        });
        assert.equal(engines.overall, 'ok');
        assert.deepEqual(engines.routing?.find(({ operation }) => operation === 'send.text')?.engines, [
          'baileys',
        ]);
        assert.equal((await assistant.call(ping, {})).pong, true);
        const sync = await assistant.call(getSyncStatus, {});
        assert.deepEqual([sync.sync_status, sync.statistics?.message_count], ['Active', stored.length]);
        const ofChat = await assistant.call(getSyncStatus, { chat: group().canonicalJid });
        assert.equal(ofChat.message_count, of(group()).length);
        assert.equal((await assistant.call(getToolInfo, { tool_name: 'disconnect' })).tool, 'logout');
        const found = await assistant.call(runDiagnostics, { bundle: true });
        assert.equal(found.summary.errors, 0, JSON.stringify(found.checks));
        const devices = await assistant.call(getLinkedDevices, {});
        assert.deepEqual([devices.count, devices.listed, devices.warning], [1, true, undefined]);
        assert.equal(
          (await assistant.call(restartEngine, { engine: 'baileys', mode: 'warmup' })).engine,
          'baileys',
        );
        const strict = ['get_connection_status', 'backend_status', 'ping', 'run_diagnostics'];
        const started = ['restart_engine', 'force_resync', 'retrieve_full_history', 'get_job', 'cancel_sync'];
        const storage = ['rebuild_search_index', 'clear_temp_storage', 'purge_old_messages'];
        for (const tool of [...strict, ...started, ...storage, 'get_linked_devices']) {
          await refuses('VALIDATION_ERROR', tool, { colour: 'green' });
        }
        await refuses('INVALID_PHONE_FORMAT', 'authenticate', { phone_number: '0151 1', force: true });
        await refuses('VALIDATION_ERROR', 'get_qr_code', { engine: 'carrier pigeon' });
        await refuses('CHAT_NOT_FOUND', 'get_sync_status', { chat: ABSENT.group });
        await refuses('TOOL_NOT_FOUND', 'get_tool_info', { tool_name: 'make_coffee' });
        await refuses('VALIDATION_ERROR', 'logout', { confirm: false });
      });

      it('people', async () => {
        const { contacts } = await assistant.callLoosely(
          searchContacts,
          { query: direct().name, include_chats: true },
          'search_contacts_v2',
        );
        assert.equal(contacts[0]?.jid, direct().canonicalJid);
        const { matches } = await assistant.call(resolveContact, {
          query: direct().jids[1]?.split('@')[0] ?? '',
        });
        assert.deepEqual([matches[0]?.contact.jid, matches[0]?.score], [direct().canonicalJid, 100]);
        await refuses('QUERY_TOO_LONG', 'search_contacts', { query: 'x'.repeat(501) });
        await refuses('QUERY_TOO_LONG', 'resolve_contact', { query: 'x'.repeat(501) });
      });

      it('groups and communities with their members', async () => {
        const groups = await assistant.callLoosely(listGroups, { limit: 100 }, 'get_joined_groups');
        const kinds = ['group', 'announcement', 'linked-group'];
        const wanted = chats.filter(({ kind }) => kinds.includes(kind));
        assert.deepEqual(
          sorted(groups.groups.map(({ jid }) => jid)),
          sorted(wanted.map(({ canonicalJid }) => canonicalJid)),
        );
        for (const source of ['live', 'cached'] as const) {
          const { group: shown } = await assistant.call(getGroupInfo, { group: group().name ?? '', source });
          assert.deepEqual([shown.source, shown.name], [source, group().name]);
          const members = shown.participants.map(({ jid, lid }) => lid ?? jid);
          assert.deepEqual(sorted(members), sorted(group().memberJids));
        }
        const { communities } = await assistant.call(listCommunities, {});
        const linked = wanted.filter(({ communityJid }) => communityJid === community().canonicalJid);
        assert.deepEqual(communities, [
          { jid: community().canonicalJid, name: community().name, group_count: linked.length },
        ]);
        const parts = await assistant.call(getCommunityGroups, { community: community().canonicalJid });
        assert.deepEqual(
          sorted(parts.groups.map(({ jid }) => jid)),
          sorted(linked.map(({ canonicalJid }) => canonicalJid)),
        );
        await refuses('INVALID_CURSOR', 'list_groups', { cursor: 'nonsense' });
        await refuses('GROUP_NOT_FOUND', 'get_group_info', { group: 'No such group' });
        await refuses('INVALID_CURSOR', 'list_communities', { cursor: 'nonsense' });
        await refuses('NOT_A_COMMUNITY', 'get_community_groups', { community: group().canonicalJid });
      });

      it('the status resource agrees with the tool', async () => {
        const status = (await assistant.readResource('whatsapp://sync-status')) as Record<
          string,
          Record<string, unknown>
        >;
        assert.equal(status.bridge_status?.overall, 'Active');
        assert.equal(status.sync_stats?.total_messages, stored.length);
        await assert.rejects(assistant.readResource('whatsapp://nothing'));
      });

      it('sends', async () => {
        const message = `hello from ${era}`;
        const sent = await assistant.call(sendMessage, { to: direct().name ?? '', message });
        assert.deepEqual([sent.sent, sent.chat_jid], [true, direct().canonicalJid]);
        const received = world.simulator.wire.mailbox.byId(sent.message_id ?? '');
        assert.equal(
          received.find(({ recipientJid }) => direct().jids.includes(recipientJid))?.text,
          message,
        );
        await refuses('TEXT_TOO_LONG', 'send_message', {
          to: direct().canonicalJid,
          message: 'x'.repeat(4_097),
        });
      });

      it('saw each of these tools fail with a typed error', () => {
        assert.deepEqual(
          sorted([...failed]),
          sorted(allTools.filter(({ toolset }) => TOOLSETS.includes(toolset)).map(({ name }) => name)),
        );
      });
    });
  }

  describe('in the end', () => {
    it('logs out, and keeps what it has', async () => {
      learn();
      const assistant = await connectAssistant(service);
      try {
        const { engines, messages_kept } = await assistant.callLoosely(
          logout,
          { confirm: true },
          'disconnect',
        );
        assert.deepEqual([engines[0]?.unlinked_on_server, messages_kept], [true, true]);
        const status = await assistant.callLoosely(getConnectionStatus, {}, 'check_auth_status');
        assert.deepEqual([status.authenticated, status.store.messages], [false, stored.length]);
      } finally {
        await assistant.close();
      }
    });
  });
});
