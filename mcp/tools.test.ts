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
    assert.ok(offered.every(({ toolset }) => defaultToolsets.includes(toolset)));
  });

  it('is what clients have come to know', () => {
    // A host shows a change of these bytes to its user; change them on purpose: TANDEM_UPDATE_PINS=1 npm run test:unit
    const listed = createOffer(allTools, all).offered.map((tool) => toListing(tool));
    const text = listed.map((tool) => `${JSON.stringify(tool)}\n`).join('');
    if (process.env.TANDEM_UPDATE_PINS === '1') writeFileSync(pin, text);
    assert.equal(text, readFileSync(pin, 'utf8'));
  });

  it('says nothing that depends on the account or the machine', () => {
    const text = readFileSync(pin, 'utf8');
    assert.doesNotMatch(text, /\/home\/|\/tmp\/|\d{9,}@/);
  });
});
