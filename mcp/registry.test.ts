import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TandemError } from '#kernel/errors.ts';
import type { Registry } from './registry.ts';
import { createRegistry } from './registry.ts';
import { failureSchema, successSchema, type ToolResult } from './result.ts';
import { createSampleRegistry, quiet, type SampleOptions, sampleConfig } from './testing/sample-service.ts';
import { createSampleServices, findNotes, sampleTools } from './testing/sample-tools.ts';
import { type Principal, scopes, type ToolProgress } from './tool.ts';

const everyone: Principal = { id: 'local', scopes };

interface CallOptions {
  readonly principal?: Principal;
  readonly signal?: AbortSignal;
  readonly progress?: (step: ToolProgress) => void;
}

function call(
  registry: Registry,
  name: string,
  args: Record<string, unknown> = {},
  options: CallOptions = {},
) {
  return registry.callTool({
    name,
    args,
    principal: options.principal ?? everyone,
    era: '2025',
    signal: options.signal ?? new AbortController().signal,
    progress: options.progress ?? null,
  });
}

function failure(result: ToolResult) {
  assert.equal(result.isError, true);
  return failureSchema.parse(result.structured).error;
}

function sample(options?: SampleOptions) {
  const made = createSampleRegistry(options);
  made.services.notes = ['first note', 'second note'];
  return made;
}

describe('tool registry', () => {
  it('answers with ok, the data and how it came about, twice: structured and as text', async () => {
    const result = await call(sample().registry, 'find_notes', { query: 'second' });
    assert.equal(result.isError, false);
    const { meta, ...data } = result.structured as { meta: { attempts: number; duration_ms: number } };
    assert.deepEqual(data, { ok: true, notes: [{ text: 'second note' }], total: 1 });
    assert.equal(meta.attempts, 1);
    assert.ok(meta.duration_ms >= 0);
    const [block] = result.content;
    assert.equal(block?.type, 'text');
    assert.deepEqual(JSON.parse(block?.type === 'text' ? block.text : ''), result.structured);
    assert.deepEqual(result.label, { integrity: 'untrusted', confidentiality: 'private' });
  });

  it('lets nothing out that the output schema does not name', async () => {
    const result = await call(sample().registry, 'find_notes', { query: 'note' });
    assert.doesNotMatch(JSON.stringify(result), /internal|secret/);
  });

  it('lists the offered tools by toolset, in the same bytes every time, without aliases', () => {
    const { registry } = sample();
    const names = registry.listTools().map(({ name }) => name);
    assert.deepEqual(names, ['slow_count', 'fail_oddly', 'find_notes', 'add_note', 'wipe_notes']);
    assert.equal(JSON.stringify(registry.listTools()), JSON.stringify(sample().registry.listTools()));
  });

  it('refuses unknown arguments and says which one was probably meant', async () => {
    const error = failure(await call(sample().registry, 'find_notes', { qurey: 'x', query: 'y' }));
    assert.equal(error.code, 'VALIDATION_ERROR');
    assert.match(error.hint, /Did you mean query\? Known arguments: query, limit, cursor/);
    assert.deepEqual(error.details?.known_arguments, ['query', 'limit', 'cursor', 'hold_ms']);
  });

  it('takes the argument names of other servers, but not two names for one argument', async () => {
    const { registry } = sample();
    for (const args of [{ content: 'first' }, { filter: 'first' }, { query: 'first', cursor: null }]) {
      assert.equal((await call(registry, 'find_notes', args)).structured.total, 1);
    }
    for (const args of [
      { content: 'a', query: 'b' },
      { content: 'a', filter: 'b' },
    ]) {
      assert.equal(failure(await call(registry, 'find_notes', args)).code, 'VALIDATION_ERROR');
    }
  });

  it('answers to the tool names of other servers, with their arguments', async () => {
    const { registry } = sample();
    assert.equal((await call(registry, 'search_notes_v2', { query: 'first' })).structured.total, 1);
    assert.equal((await call(registry, 'grep_notes', { pattern: 'first' })).structured.total, 1);
    const without = createSampleRegistry({ config: { toolAliases: false } }).registry;
    assert.equal(failure(await call(without, 'grep_notes', { pattern: 'x' })).code, 'TOOL_NOT_FOUND');
  });

  it('names what an unknown tool may have meant', async () => {
    const error = failure(await call(sample().registry, 'find_note'));
    assert.equal(error.code, 'TOOL_NOT_FOUND');
    assert.match(error.hint, /^Did you mean find_notes/);
    assert.deepEqual(failure(await call(sample().registry, '__proto__')).details?.near_matches, []);
  });

  it('hides and refuses what the settings withhold, and names the setting', async () => {
    const cases = [
      { config: { sending: false }, tool: 'add_note', setting: 'TANDEM_SENDING' },
      { config: { disabledTools: ['grep_notes'] }, tool: 'find_notes', setting: 'TANDEM_DISABLED_TOOLS' },
      { config: { toolsets: ['default'] }, tool: 'wipe_notes', setting: 'TANDEM_TOOLSETS' },
    ];
    for (const { config, tool, setting } of cases) {
      const { registry, services } = createSampleRegistry({ config });
      assert.ok(!registry.listTools().some(({ name }) => name === tool));
      const error = failure(await call(registry, tool, { text: 'x' }));
      assert.equal(error.code, 'TOOL_DISABLED');
      assert.equal(error.details?.setting, setting);
      assert.match(error.hint, new RegExp(setting));
      assert.deepEqual(services.notes, []);
    }
  });

  it('does not start with settings that name what does not exist', () => {
    for (const config of [{ toolsets: ['messages', 'chat'] }, { disabledTools: ['find_notse'] }]) {
      assert.throws(
        () => createSampleRegistry({ config }),
        (error: unknown) => error instanceof TandemError && error.code === 'CONFIG_INVALID',
      );
    }
  });

  it('does not start with two tools that answer to one name', () => {
    const twin = { ...findNotes, name: 'grep_notes', aliases: [] };
    const build = () =>
      createRegistry({
        tools: [...sampleTools, twin],
        resources: [],
        resourceTemplates: [],
        services: createSampleServices(),
        config: sampleConfig(),
        version: '0',
        logger: quiet,
      });
    assert.throws(build, /two tools answer to the name grep_notes/);
  });

  it('refuses a caller whose token lacks the scope', async () => {
    const reader: Principal = { id: 'reader', scopes: ['wa:read'] };
    const { registry, services } = sample();
    const error = failure(await call(registry, 'wipe_notes', {}, { principal: reader }));
    assert.equal(error.code, 'ACCESS_DENIED');
    assert.equal(services.notes.length, 2);
  });

  it('keeps typed errors, and shows nothing of untyped ones but a correlation id', async () => {
    const { registry } = sample();
    const typed = failure(await call(registry, 'fail_oddly', { how: 'typed' }));
    assert.equal(typed.code, 'CHAT_NOT_FOUND');
    assert.deepEqual(typed.details, { candidates: ['one', 'two'] });
    const untyped = failure(await call(registry, 'fail_oddly', { how: 'untyped' }));
    assert.equal(untyped.code, 'INTERNAL_ERROR');
    assert.doesNotMatch(JSON.stringify(untyped), /Anna/);
    assert.ok(untyped.details?.correlation_id);
  });

  it('answers INTERNAL_ERROR, not VALIDATION_ERROR, when a tool breaks its own promise', async () => {
    const error = failure(await call(sample().registry, 'fail_oddly', { how: 'bad-output' }));
    assert.equal(error.code, 'INTERNAL_ERROR');
  });

  it('gives up after the deadline; for a send the outcome is unknown then', async () => {
    const { registry } = sample({ deadlineMs: 30 });
    const slow = failure(await call(registry, 'slow_count', { steps: 1, pause_ms: 60_000 }));
    assert.equal(slow.code, 'ENGINE_TIMEOUT');
    const search = failure(await call(registry, 'find_notes', { query: 'late', hold_ms: 100 }));
    assert.equal(search.code, 'QUERY_TIMEOUT');
    const send = failure(await call(registry, 'add_note', { text: 'late', hold_ms: 100 }));
    assert.equal(send.code, 'DELIVERY_UNKNOWN');
    assert.equal(send.retryable, false);
  });

  it('stops when the caller cancels', async () => {
    const caller = new AbortController();
    const { registry } = sample();
    const pending = call(registry, 'slow_count', { steps: 1, pause_ms: 60_000 }, { signal: caller.signal });
    caller.abort();
    assert.equal((await pending).isError, true);
  });

  it('reports progress in growing steps, seldom, the last one before the result', async () => {
    const steps: number[] = [];
    const progress = ({ done }: ToolProgress) => steps.push(done);
    await call(sample().registry, 'slow_count', { steps: 5_000 }, { progress });
    assert.deepEqual(steps, [1, 5_000]);
  });

  it('records every call of a known tool, without arguments', async () => {
    const { registry, calls } = sample();
    await call(registry, 'add_note', { text: 'for the record' });
    await call(registry, 'grep_notes', { pattern: '' });
    await call(registry, 'no_such_tool');
    assert.deepEqual(
      calls.map(({ tool, code, engine, actor }) => ({ tool, code, engine, actor })),
      [
        { tool: 'add_note', code: null, engine: 'baileys', actor: 'local' },
        { tool: 'find_notes', code: 'VALIDATION_ERROR', engine: null, actor: 'local' },
      ],
    );
    assert.doesNotMatch(JSON.stringify(calls), /for the record/);
  });

  it('shows invisible characters in the text block and keeps them in the structured result', async () => {
    const { registry, services } = sample();
    const trick = 'note \u202e\u200b\u{e0041}\u{1f468}\u200d\u{1f469}';
    services.notes = [trick];
    const result = await call(registry, 'find_notes', { query: 'note' });
    assert.deepEqual(result.structured.notes, [{ text: trick }]);
    const [block] = result.content;
    const text = block?.type === 'text' ? block.text : '';
    assert.doesNotMatch(text, /[\u202e\u200b]|\u{e0041}/u);
    assert.deepEqual(JSON.parse(text).notes, [{ text: trick }]);
  });

  it('answers whatever it is given with a valid result or a typed error', async () => {
    const { registry } = sample({ deadlineMs: 5 });
    const schemas = new Map(sampleTools.map((tool) => [tool.name, successSchema(tool.output)]));
    const names = sampleTools.map(({ name }) => name);
    const argument = fc.oneof(
      fc.constantFrom('query', 'content', 'text', 'limit', 'steps', 'how', '__proto__', 'constructor'),
      fc.string(),
    );
    const inputs = fc.tuple(
      fc.constantFrom(...names, 'grep_notes'),
      fc.dictionary(argument, fc.oneof(fc.anything(), fc.string({ maxLength: 60 }), fc.integer())),
    );
    await fc.assert(
      fc.asyncProperty(inputs, async ([name, args]) => {
        const result = await call(registry, name, args);
        if (result.isError) failureSchema.parse(result.structured);
        else schemas.get(name === 'grep_notes' ? 'find_notes' : name)?.parse(result.structured);
      }),
      { numRuns: 2_000 },
    );
  });
});
