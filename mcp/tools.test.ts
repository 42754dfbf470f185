import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadConfig } from '#kernel/config.ts';
import { errorCatalogue } from '#kernel/error-catalogue.ts';
import { createOffer } from './offer.ts';
import { defaultToolsets, type Tool } from './tool.ts';
import { readArguments } from './tool-input.ts';
import { toListing } from './tool-schema.ts';
import { allTools } from './tools/all.ts';

/** Clients cut longer descriptions. */
const DESCRIPTION_MAX_BYTES = 2_048;
const DEFAULT_SET_MAX_TOOLS = 25;
const DEFAULT_SET_MAX_TOKENS = 10_000;
/** A careful guess for JSON and English. */
const BYTES_PER_TOKEN = 3.5;

/** What other WhatsApp servers call the same thing. */
const namesElsewhere = {
  disconnect: 'logout',
  check_auth_status: 'get_connection_status',
  check_bridge_status: 'backend_status',
  get_sync_overview: 'get_sync_status',
  list_chats_v2: 'list_chats',
  get_chat_by_id: 'get_chat',
  get_chat_metadata_v2: 'get_chat',
  mark_chat_read_v2: 'mark_chat_read',
  send_text_message_v2: 'send_message',
  search_contacts_v2: 'search_contacts',
  get_joined_groups: 'list_groups',
  mark_as_read: 'mark_messages_read',
  mark_message_read_v2: 'mark_messages_read',
  react_to_message_v2: 'send_reaction',
  edit_message_v2: 'edit_message',
  delete_message_v2: 'delete_message',
  forward_message_v2: 'forward_message',
  download_media_v2: 'download_media',
  is_on_whatsapp: 'check_is_on_whatsapp',
  get_profile_picture_v2: 'get_profile_picture',
  get_profile_pic: 'get_profile_picture',
  get_linked_devices_v2: 'get_linked_devices',
  get_chat_sync_status: 'get_sync_status',
  get_baileys_sync_status: 'get_history_sync_status',
  clear_baileys_temp_data: 'clear_temp_storage',
};

const pin = new URL('./testing/tools-list.jsonl', import.meta.url);

/** What hosts show to a model of every tool. */
function modelTokens(tools: readonly Tool<never>[]): number {
  const seen = tools.map((tool) => {
    const { name, description, inputSchema } = toListing(tool);
    return { name, description, inputSchema };
  });
  return Math.ceil(Buffer.byteLength(JSON.stringify(seen)) / BYTES_PER_TOKEN);
}

interface JsonProperty {
  readonly description?: string;
}

describe('every tool', () => {
  const tools = allTools as readonly Tool<never>[];
  const names = new Set(tools.map(({ name }) => name));

  for (const tool of tools) {
    describe(tool.name, () => {
      const listing = toListing(tool);

      it('has a name, a title and a short description that ends its sentences', () => {
        assert.match(tool.name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
        assert.ok(tool.name.length <= 48);
        assert.ok(tool.title.length > 0 && tool.title.length <= 60);
        assert.ok(Buffer.byteLength(tool.description) < DESCRIPTION_MAX_BYTES);
        assert.match(tool.description, /^[A-Z].*\.$/s);
      });

      it('describes every argument and refuses unknown ones', () => {
        assert.equal(listing.inputSchema.additionalProperties, false);
        const properties = (listing.inputSchema.properties ?? {}) as Record<string, JsonProperty>;
        for (const [name, { description }] of Object.entries(properties)) {
          assert.ok(description, `${name} has no description`);
        }
      });

      it('gives hints that agree with each other', () => {
        const { readOnly, destructive, idempotent, openWorld } = tool.hints;
        for (const hint of [readOnly, destructive, idempotent, openWorld]) {
          assert.equal(typeof hint, 'boolean');
        }
        assert.ok(!(readOnly && destructive), 'what only reads destroys nothing');
        assert.ok(!readOnly || idempotent, 'reading twice is reading once');
        if (tool.sends) assert.deepEqual([readOnly, openWorld, tool.scope], [false, true, 'wa:send']);
        if (readOnly) assert.notEqual(tool.scope, 'wa:send');
      });

      it('translates other argument names to its own', () => {
        const own = Object.keys(tool.input.shape);
        for (const [other, name] of Object.entries(tool.argumentAliases ?? {})) {
          assert.ok(own.includes(name), `${other} → ${name} leads nowhere`);
          assert.ok(!own.includes(other), `${other} is an argument itself`);
        }
      });

      it('explains itself with examples that it would take', () => {
        assert.ok(tool.info, 'get_tool_info needs it');
        assert.ok(tool.info.whenToUse.length > 0);
        assert.ok(tool.info.examples.length > 0);
        for (const { arguments: args } of tool.info.examples) readArguments(tool, args);
        for (const related of tool.info.related) assert.ok(names.has(related), `${related} is no tool`);
        for (const code of tool.info.errors) assert.ok(Object.hasOwn(errorCatalogue, code));
      });
    });
  }
});

describe('tools/list', () => {
  const all = loadConfig({ TANDEM_TOOLSETS: 'all', TANDEM_SENDING: 'on' });

  it('stays small by default: under 25 tools and 10,000 tokens', () => {
    const { offered } = createOffer(allTools, loadConfig({ TANDEM_SENDING: 'on' }));
    assert.ok(offered.length < DEFAULT_SET_MAX_TOOLS, `${offered.length} tools`);
    const tokens = modelTokens(offered as readonly Tool<never>[]);
    assert.ok(tokens < DEFAULT_SET_MAX_TOKENS, `${tokens} tokens`);
    const names = new Set(offered.map(({ name }) => name));
    assert.ok(names.has('retrieve_full_history') && names.has('cancel_sync'), 'what is begun can be ended');
    assert.ok(offered.every(({ toolset }) => defaultToolsets.includes(toolset)));
  });

  it('is what clients have come to know', () => {
    // A host shows a change of these bytes to its user; change them on purpose: TANDEM_UPDATE_PINS=1 npm run test:unit
    const listed = createOffer(allTools, all).offered.map((tool) => toListing(tool));
    const text = listed.map((tool) => `${JSON.stringify(tool)}\n`).join('');
    if (process.env.TANDEM_UPDATE_PINS === '1') writeFileSync(pin, text);
    assert.equal(text, readFileSync(pin, 'utf8'));
  });

  it('has no tool that sends until the operator switches it on (R:sending-off)', () => {
    const senders = allTools.filter(({ sends }) => sends);
    assert.ok(senders.length > 0);
    const { offered, withheld } = createOffer(allTools, loadConfig({ TANDEM_TOOLSETS: 'all' }));
    for (const tool of senders) {
      assert.ok(!offered.includes(tool));
      assert.equal(withheld(tool)?.setting, 'TANDEM_SENDING');
    }
  });

  it('leaves out the names that tools have on other servers, but answers to them', () => {
    const offer = createOffer(allTools, all);
    const listed = new Set(offer.offered.map(({ name }) => name));
    for (const [other, ours] of Object.entries(namesElsewhere)) {
      assert.equal(offer.resolve(other)?.tool.name, ours, other);
      assert.ok(!listed.has(other));
    }
  });

  it('says nothing that depends on the account or the machine', () => {
    const text = readFileSync(pin, 'utf8');
    assert.doesNotMatch(text, /\/home\/|\/tmp\/|\d{9,}@/);
  });
});
