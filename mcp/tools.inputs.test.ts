import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { failureSchema, successSchema } from './result.ts';
import { known, openRealRegistry, type RealRegistry } from './testing/real-registry.ts';
import { scopes } from './tool.ts';
import { allTools } from './tools/all.ts';

const TOTAL = 10_000;
/** These look at the machine or wait for a phone by design, so a few of each do. */
const SLOW = ['run_diagnostics', 'authenticate', 'get_qr_code', 'get_connection_status'];
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

/** Values that the argument's own schema would mostly take. */
function plausible(property: JsonProperty): fc.Arbitrary<unknown> {
  if (property.enum !== undefined) return fc.constantFrom(...property.enum);
  if (property.type === 'boolean') return fc.boolean();
  if (property.type === 'integer' || property.type === 'number') {
    return fc.integer({ min: property.minimum ?? -10, max: Math.min(property.maximum ?? 1_000, 1_000) });
  }
  if (property.type === 'array') return fc.array(fc.oneof(fc.string(), fc.constantFrom(...known.chats)));
  return fc.oneof(
    fc.constantFrom(...known.chats, ...known.messages, ...known.words),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
}

function inputsOf(input: z.ZodObject): fc.Arbitrary<Record<string, unknown>> {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, property] of Object.entries(properties)) {
    fields[name] = fc.oneof(
      { weight: 8, arbitrary: plausible(property as JsonProperty) },
      { weight: 1, arbitrary: awkward },
      { weight: 1, arbitrary: fc.anything() },
    );
  }
  return fc.oneof(
    { weight: 6, arbitrary: fc.record(fields, { requiredKeys: required }) },
    { weight: 2, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.anything()) },
  );
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
            signal: new AbortController().signal,
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
    const needsNoEngine = allTools.filter(({ hints, name }) => hints.readOnly && !SLOW.includes(name));
    const untouched = needsNoEngine.filter(({ name }) => !reached.has(name)).map(({ name }) => name);
    assert.ok(untouched.length <= 4, `never succeeded: ${untouched.join(', ')}`);
  });

  it('changed nothing', async () => {
    const { messages, chats, people } = await real.history.overview();
    assert.deepEqual({ messages, chats }, { messages: 120, chats: 2 });
    assert.equal(people, 1);
    assert.deepEqual(await real.history.integrity(), []);
  });
});
