import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { z } from 'zod';
import { failureSchema, successSchema } from './result.ts';
import { known, openRealRegistry, type RealRegistry } from './testing/real-registry.ts';
import { scopes } from './tool.ts';
import { allTools } from './tools/all.ts';

const TOTAL = 10_000;
/** These look at the machine or wait by design, so a few of each do. */
const SLOW = ['run_diagnostics', 'authenticate', 'get_qr_code', 'get_connection_status', 'wait_for_message'];
/** Whoever waits for a message that nobody writes hangs up. */
const PATIENCE_MS = 200;
const SLOW_RUNS = 25;
const DEADLINE_MS = 5_000;

/** Strings that have broken programs before. */
const awkward = fc.constantFrom(
  '',
  ' ',
  'null',
  '-1',
  '%',
  "'; DROP TABLE messages; --",
  '" OR "',
  'NEAR(a b)',
  '(((',
  '\u0000',
  '\ud800',
  '\u202e',
  '../../etc/passwd',
  '9'.repeat(400),
  'a'.repeat(5_000),
  '0000-00-00',
  '2026-02-30',
  '+',
  '@g.us',
  'status@broadcast',
  '__proto__',
);

interface JsonProperty {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values that the argument means, so that most calls get past its schema. */
function plausible(name: string, property: JsonProperty): fc.Arbitrary<unknown> {
  if (property.enum !== undefined) return fc.constantFrom(...property.enum);
  if (property.type === 'boolean') return fc.boolean();
  if (property.type === 'integer' || property.type === 'number') {
    return fc.integer({ min: property.minimum ?? 0, max: Math.min(property.maximum ?? 1_000, 1_000) });
  }
  if (property.type === 'array') return fc.array(fc.constantFrom(...known.chats), { maxLength: 3 });
  if (name === 'message_id') return fc.constantFrom(...known.messages);
  if (name === 'after' || name === 'before') {
    const min = new Date('2020-01-01');
    return fc.date({ min, max: new Date('2030-01-01'), noInvalidDate: true }).map((at) => at.toISOString());
  }
  if (name === 'tool_name') return fc.constantFrom(...allTools.map((tool) => tool.name));
  if (name === 'query') return fc.constantFrom(...known.words);
  if (name === 'cursor') return fc.string();
  return fc.constantFrom(...known.chats);
}

function withoutWait({ wait_s, wait_for_completion }: Readonly<Record<string, unknown>>) {
  return {
    wait_s: wait_s === undefined || wait_s === null || typeof wait_s === 'number' ? 0 : wait_s,
    ...(wait_for_completion === true ? { wait_for_completion: false } : {}),
  };
}

/** Required arguments mostly, optional ones now and then: a call with a dozen of them hits nothing. */
function inputsOf(input: z.ZodObject): fc.Arbitrary<Record<string, unknown>> {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  const fields = Object.entries(properties).map(([name, property]) => {
    const value = fc.oneof(
      { weight: 12, arbitrary: plausible(name, property as JsonProperty) },
      { weight: 1, arbitrary: awkward },
      { weight: 1, arbitrary: fc.anything() },
    );
    const oftenGiven = required.includes(name) ? 19 : 4;
    const given = fc.oneof(
      { weight: oftenGiven, arbitrary: fc.constant(true) },
      { weight: 20 - oftenGiven, arbitrary: fc.constant(false) },
    );
    return fc.tuple(fc.constant(name), given, value);
  });
  const shaped = fc
    .tuple(...fields)
    .map((all) =>
      Object.fromEntries(all.filter(([, given]) => given).map(([name, , value]) => [name, value])),
    );
  const any = fc.oneof(
    { weight: 9, arbitrary: shaped },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.anything()) },
  );
  // Nobody works on jobs here, so nobody waits for them.
  return any.map((args) => ('wait_s' in properties ? { ...args, ...withoutWait(args) } : args));
}

describe('generated tool inputs', function () {
  this.timeout(180_000);
  let real: RealRegistry;

  before(async () => {
    real = await openRealRegistry(DEADLINE_MS);
  });
  after(() => real.close());

  const quick = allTools.filter(({ name }) => !SLOW.includes(name));
  const runs = Math.ceil((TOTAL - SLOW.length * SLOW_RUNS) / quick.length);
  const reached = new Map<string, number>();

  for (const tool of allTools) {
    it(`${tool.name} answers each with a valid result or a typed error`, async () => {
      const success = successSchema(tool.output);
      await fc.assert(
        fc.asyncProperty(inputsOf(tool.input), async (args) => {
          const result = await real.registry.callTool({
            name: tool.name,
            args,
            principal: { id: 'local', scopes },
            era: '2025',
            signal:
              tool.name === 'wait_for_message'
                ? AbortSignal.timeout(PATIENCE_MS)
                : new AbortController().signal,
            progress: null,
          });
          if (!result.isError) {
            success.parse(result.structured);
            reached.set(tool.name, (reached.get(tool.name) ?? 0) + 1);
            return;
          }
          const { error } = failureSchema.parse(result.structured);
          assert.notEqual(error.code, 'INTERNAL_ERROR');
          assert.notEqual(error.code, 'DATABASE_ERROR');
          assert.notEqual(error.code, 'ENGINE_TIMEOUT');
        }),
        { numRuns: SLOW.includes(tool.name) ? SLOW_RUNS : runs },
      );
    });
  }

  it('got past the checks of the arguments often enough to mean something', () => {
    // Without an engine and without groups in the store these have nothing to answer with.
    const unanswerable = [
      'get_group_info',
      'get_community_groups',
      'check_is_on_whatsapp',
      'get_profile_picture',
      'get_linked_devices',
      'download_media',
      // The ids of jobs are random.
      'get_job',
      'get_bulk_sync_status',
    ];
    const answerable = quick.filter(({ hints, name }) => hints.readOnly && !unanswerable.includes(name));
    for (const { name } of answerable) {
      assert.ok((reached.get(name) ?? 0) > runs / 5, `${name}: ${reached.get(name) ?? 0} of ${runs}`);
    }
  });

  it('changed nothing', async () => {
    const { messages, chats, people } = await real.history.overview();
    assert.deepEqual({ messages, chats }, { messages: 120, chats: 2 });
    assert.equal(people, 1);
    const { items } = await real.history.chats.list({ sort: 'name', limit: 10 });
    for (const { archived, pinnedAt, mutedUntil } of items)
      assert.deepEqual(
        { archived, pinnedAt, mutedUntil },
        { archived: false, pinnedAt: null, mutedUntil: null },
      );
    assert.deepEqual(await real.history.people.blocked(10), []);
    assert.ok(!existsSync(join(real.dir, 'media')), 'nothing was downloaded');
    assert.deepEqual(await real.history.integrity(), []);
  });
});
