import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { backendStatus } from '#mcp/tools/backend_status.ts';
import { getGroupInfo } from '#mcp/tools/get_group_info.ts';
import { type Assistant, connectAssistant } from '../test/rig/assistant.ts';
import { startLinked } from '../test/rig/linked.ts';
import { bothEngines, createWorld } from '../test/rig/world.ts';
import type { BenchRow } from './row.ts';

const CALLS = 200;
const FACTOR = 3;
const FIRST_LIMIT_MS = 2_000;

/** Live reads by an MCP client before and after the preferred engine is killed. */
export async function benchFailover(): Promise<BenchRow[]> {
  const world = await createWorld('tiny');
  try {
    const service = await startLinked(world, { ...bothEngines, TANDEM_LOG_LEVEL: 'warn' });
    const assistant = await connectAssistant(service);
    const group =
      [...world.simulator.oracle.chats()].find(({ kind }) => kind === 'group')?.canonicalJid ?? '';
    const read = () => timed(assistant, group);
    await repeat(CALLS, read);
    const healthy = await repeat(CALLS, read);
    // A hedged read may be answered by the other one; most are not.
    assert.ok(healthy.filter(({ engine }) => engine === 'baileys').length > CALLS / 2);
    assert.equal(await service.killEngine('baileys'), true);
    const first = await read();
    const after = await repeat(CALLS, read);
    await until(
      async () => (await assistant.call(backendStatus, {})).available_count === 2,
      'both engines again',
      60_000,
    );
    await assistant.close();
    const [healthyP95, afterP95] = [p95(healthy), p95(after)];
    const by = (engine: string) => after.filter((one) => one.engine === engine).length;
    return [
      {
        name: 'first read after the preferred engine was killed',
        value: `${first.ms.toFixed(1)} ms (by ${first.engine})`,
        limit: `${FIRST_LIMIT_MS} ms`,
        ratio: first.ms / FIRST_LIMIT_MS,
        ok: first.ms < FIRST_LIMIT_MS && first.engine === 'webjs',
      },
      {
        name: `next ${CALLS} reads, p95`,
        value: `${afterP95.toFixed(2)} ms (webjs served ${by('webjs')}, baileys ${by('baileys')})`,
        limit: `${FACTOR} × healthy p95 (${healthyP95.toFixed(2)} ms)`,
        ratio: afterP95 / healthyP95,
        ok: afterP95 < FACTOR * healthyP95,
      },
    ];
  } finally {
    await world.close();
  }
}

interface Call {
  readonly ms: number;
  readonly engine: string | undefined;
}

async function timed(assistant: Assistant, group: string): Promise<Call> {
  const started = performance.now();
  const { meta } = await assistant.answer(getGroupInfo, { group });
  return { ms: performance.now() - started, engine: meta.engine };
}

async function repeat(times: number, work: () => Promise<Call>): Promise<Call[]> {
  const calls: Call[] = [];
  while (calls.length < times) calls.push(await work());
  return calls;
}

function p95(calls: readonly Call[]): number {
  const sorted = calls.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}
