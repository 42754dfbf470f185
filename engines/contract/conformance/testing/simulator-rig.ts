import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import '#simulator/testing/quiet-console.ts';
import { mediaBytes } from '#simulator/account/media-bytes.ts';
import type { SimChat } from '#simulator/account/model.ts';
import { finalText } from '#simulator/account/oracle.ts';
import { shapeOf } from '#simulator/account/presets.ts';
import { clientEnvironment } from '#simulator/environment.ts';
import { createSimulator, type Simulator } from '#simulator/simulator.ts';
import type { EngineName } from '../../capability.ts';
import { createEngineClient, type EngineClient } from '../../client.ts';
import { ENGINE_SECRET_ENV, readSupervisedLine, SUPERVISED_FLAG } from '../../supervised.ts';
import type { Rig, RigAccount, RigPerson } from '../rig.ts';

const FILE = {
  kind: 'image',
  blobSeed: 'replaced by the account',
  bytes: 3_000,
  mimeType: 'image/jpeg',
  fileName: null,
  caption: 'a picture',
  seconds: null,
  width: 20,
  height: 20,
  expired: false,
} as const;

interface Running {
  readonly child: ChildProcess;
  readonly client: EngineClient;
}

/** The real engine as a process of its own, linked or to be linked to a simulated account. */
export async function createSimulatorRig(engine: EngineName): Promise<Rig> {
  const simulator = await createSimulator({ shape: shapeOf('tiny') });
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-conformance-'));
  const env = {
    ...process.env,
    ...clientEnvironment(simulator),
    TANDEM_DATA_DIR: dataDir,
    TANDEM_LOG_LEVEL: 'warn',
  };
  let running = await startEngine(engine, env);

  async function end(how: 'politely' | 'kill'): Promise<void> {
    const { child, client } = running;
    await client.close();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    if (how === 'kill') child.kill('SIGKILL');
    else child.stdin?.end();
    await ended;
  }

  return {
    account: accountOf(simulator),
    client: () => running.client,
    restart: async (how) => {
      await end(how);
      running = await startEngine(engine, env);
    },
    close: async () => {
      await end('politely');
      await simulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startEngine(engine: EngineName, env: NodeJS.ProcessEnv): Promise<Running> {
  const entry = fileURLToPath(new URL(`../../../${engine}/main.mjs`, import.meta.url));
  const secret = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, [entry, '--port', '0', SUPERVISED_FLAG], {
    env: { ...env, [ENGINE_SECRET_ENV]: secret },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  for await (const text of createInterface({ input: child.stdout })) {
    const line = readSupervisedLine(text);
    if (line?.event === 'ready') {
      const baseUrl = `http://127.0.0.1:${line.port}`;
      return { child, client: createEngineClient({ name: engine, baseUrl, secret }) };
    }
  }
  return assert.fail(`the engine did not start:\n${log}`);
}

function accountOf(simulator: Simulator): RigAccount {
  const { account, oracle, phone, faults, wire } = simulator;
  const both = (key: string): RigPerson | null => {
    const { pn, lid } = account.person(key);
    return pn === null || lid === null ? null : { pn, lid };
  };
  const chats = account.chats();
  const friendChat = longest(chats.filter((chat) => chat.peer !== null && both(chat.peer) !== null));
  const friend = both(friendChat.peer ?? '') ?? assert.fail('no friend');
  const group = chats.find((chat) => chat.kind === 'group' && !chat.readOnly) ?? assert.fail('no group');
  const community = chats.find((chat) => chat.kind === 'community') ?? assert.fail('no community');
  const scanned = (result: string) => assert.equal(result, 'linked');
  return {
    own: both('me') ?? assert.fail('no owner'),
    friend,
    strangerPhone: '19999999999',
    group: {
      jid: group.jid,
      subject: group.group?.subject ?? '',
      members: group.group?.members.length ?? 0,
    },
    community: {
      jid: community.jid,
      groups: chats.filter((chat) => chat.group?.parent === community.key).length,
    },
    scanQr: async (text) => scanned(await phone.scanQr(text)),
    enterCode: async (code) => scanned(await phone.enterCode(code)),
    friendWrites: (text) => {
      const { id } = account.receive({ chat: friendChat.key, content: { type: 'text', text } });
      return { id, text };
    },
    friendSendsFile: () => {
      const sent = account.receive({ chat: friendChat.key, content: { type: 'media', media: FILE } });
      assert.ok(sent.content.type === 'media');
      const bytes = mediaBytes(sent.content.media);
      return {
        id: sent.id,
        bytes: bytes.length,
        sha256Base64: createHash('sha256').update(bytes).digest('base64'),
      };
    },
    messageOfFriendChat: (id) => {
      const found = account.messageById(friendChat.key, id);
      return found === undefined ? null : { id, text: finalText(found) };
    },
    pushedIds: () => new Set([...oracle.messages()].filter((one) => one.pushed).map((one) => one.id)),
    olderThan: (id) => account.indexOf(friendChat.key, id) ?? assert.fail('not in the chat'),
    unreadOfFriend: () => account.chat(friendChat.key).unreadCount,
    readReceipts: () => wire.readReceipts.flatMap((one) => one.ids),
    drop: () => assert.equal(faults.drop(), 1),
    removeDevice: () => assert.equal(faults.streamError(401), 1),
    swallowNextSend: () => faults.nextSends('unacknowledged'),
  };
}

function longest(chats: readonly SimChat[]): SimChat {
  const [first] = chats.toSorted((a, b) => b.historySize - a.historySize);
  return first ?? assert.fail('no chat');
}
