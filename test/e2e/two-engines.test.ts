import assert from 'node:assert/strict';
import { isRunning } from '#kernel/processes.ts';
import { until } from '#kernel/testing/until.ts';
import { backendStatus } from '#mcp/tools/backend_status.ts';
import { getGroupInfo } from '#mcp/tools/get_group_info.ts';
import { getMessageStatistics } from '#mcp/tools/get_message_statistics.ts';
import { sendMessage } from '#mcp/tools/send_message.ts';
import type { OracleChat } from '#simulator/account/oracle.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { sorted } from '../rig/facts.ts';
import { startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { bothEngines, createWorld, type World } from '../rig/world.ts';

const SETTINGS = { ...bothEngines, TANDEM_SENDING: 'on', TANDEM_TOOLSETS: 'all' };
const BACK_LIMIT_MS = 40_000;

describe('two engines on one account', () => {
  let world: World;
  let service: Service;
  let assistant: Assistant;

  before(async function () {
    this.timeout(90_000);
    world = await createWorld('tiny');
    service = await startLinked(world, SETTINGS);
    assistant = await connectAssistant(service);
  });
  after(async () => {
    await assistant.close();
    await world.close();
  });

  const group = () => [...world.simulator.oracle.chats()].find(({ kind }) => kind === 'group') as OracleChat;
  const direct = () =>
    [...world.simulator.oracle.chats()].find(
      (chat) => chat.kind === 'direct' && chat.jids.length === 2,
    ) as OracleChat;
  const readGroup = () => assistant.answer(getGroupInfo, { group: group().canonicalJid });
  const engineNow = async (name: string) =>
    (await service.status()).engines.find((one) => one.engine === name);
  const bothReady = () =>
    until(
      async () => (await service.status()).engines.every(({ level }) => level === 'ready'),
      'both engines ready again',
      BACK_LIMIT_MS,
    );
  const arrived = (text: string) => world.simulator.wire.mailbox.all().filter((one) => one.text === text);

  it('are two devices of it, and the status shows both with what each contributed', async () => {
    assert.equal(world.simulator.wire.devices.companions().filter((one) => !one.removed()).length, 2);
    const status = await assistant.call(backendStatus, { include_capabilities: true, include_routing: true });
    assert.deepEqual([status.overall, status.available_count], ['ok', 2]);
    assert.deepEqual(
      status.engines.map(({ name, whatsapp_connected }) => [name, whatsapp_connected]),
      [
        ['baileys', true],
        ['webjs', true],
      ],
    );
    const reads = status.routing?.find(({ operation }) => operation === 'group.read');
    assert.deepEqual(reads?.engines, ['baileys', 'webjs']);
    const told = await until(async () => {
      const { engines } = await assistant.call(getMessageStatistics, {});
      return engines.length === 2 && engines.every(({ messages }) => messages > 0) && engines;
    }, 'messages of both engines');
    assert.deepEqual(sorted(told.map(({ engine }) => engine)), ['baileys', 'webjs']);
  });

  it('a message that both see is one row R:one-history', async () => {
    const { id } = world.simulator.account.receive({
      chat: direct().chatKey,
      content: { type: 'text', text: 'seen twice, stored once' },
    });
    const sources = await until(async () => {
      const found = await assistant.attempt('get_message_by_id', { message_id: id });
      if (!found.ok) return null;
      const { message } = found.data as { message: { sources?: readonly { engine: string }[] } };
      return (message.sources?.length ?? 0) === 2 && message.sources;
    }, 'both witnesses');
    assert.deepEqual(sorted((sources ?? []).map(({ engine }) => engine)), ['baileys', 'webjs']);
  });

  for (const engine of ['baileys', 'webjs'] as const) {
    it(`with ${engine} killed the other answers, says so, and ${engine} is back by itself R:either-engine`, async function () {
      this.timeout(90_000);
      await bothReady();
      const other = engine === 'baileys' ? 'webjs' : 'baileys';
      const before = (await engineNow(engine))?.pid ?? 0;
      assert.equal(await service.killEngine(engine), true);
      const first = await readGroup();
      assert.equal(first.meta.engine, other);
      const text = `sent while ${engine} is away`;
      const sent = await assistant.answer(sendMessage, { to: direct().canonicalJid, message: text });
      assert.equal(sent.meta.engine, other);
      await until(() => arrived(text).length > 0, 'the message at its recipient');
      await bothReady();
      const now = (await engineNow(engine))?.pid ?? 0;
      assert.ok(now !== before && isRunning(now));
      assert.equal(new Set(arrived(text).map(({ id }) => id)).size, 1);
    });
  }
});
