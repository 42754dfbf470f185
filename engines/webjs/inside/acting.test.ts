import assert from 'node:assert/strict';
import vm from 'node:vm';
import { installActing, type Outcome } from './acting.ts';
import { installKit } from './kit.ts';
import { installModels } from './models.ts';
import { installReading } from './reading.ts';

type Modules = Record<string, Record<string, unknown>>;

/** The least that a page can be: whatever a test gives it. The code crosses as text, as it does into a browser. */
function pageWith(modules: Modules, library: Record<string, unknown> = {}) {
  const page = vm.createContext({
    require: (name: string) => modules[name] ?? assert.fail(`Requiring unknown module ${name}`),
    WWebJS: library,
    setTimeout,
  });
  for (const install of [installKit, installModels, installReading, installActing]) {
    vm.runInContext(`(${install.toString()})()`, page);
  }
  return async (tool: string, input: unknown): Promise<Outcome> => {
    const answer: unknown = await vm.runInContext(`TandemPage.tools.${tool}(${JSON.stringify(input)})`, page);
    return JSON.parse(JSON.stringify(answer)) as Outcome;
  };
}

const wid = (text: string) => ({ _serialized: text, server: text.split('@')[1], user: text.split('@')[0] });

class MsgKey {
  readonly id: string;
  readonly fromMe = true;
  readonly remote: unknown;
  constructor({ id, to }: { readonly id: string; readonly to: unknown }) {
    this.id = id;
    this.remote = to;
  }
  static newId = () => Promise.resolve('OWN');
}

function account() {
  const messages: { readonly id: unknown; readonly t: number; readonly ack: number }[] = [];
  const chat = { id: wid('77@lid'), msgs: { getModelsArray: () => messages } };
  const modules: Modules = {
    WAWebSocketModel: { Socket: { state: 'CONNECTED' } },
    WAWebCollections: {
      Chat: { get: (id: unknown) => (String(id) === '77@lid' ? chat : undefined) },
      Msg: {},
    },
    WAWebUserPrefsMeUser: { getMaybeMePnUser: () => wid('1@c.us'), getMaybeMeLidUser: () => wid('2@lid') },
    WAWebWidFactory: { createWid: (text: string) => text },
    WAWebMsgKey: MsgKey as unknown as Record<string, unknown>,
    WAWebCmd: { Cmd: {} },
  };
  return { chat, messages, modules };
}

const TEXT = { chat: '77@lid', id: '3EB0AA', text: 'x', quoted: null, mentions: [] };

describe('webjs/inside/acting', () => {
  it('never takes a function that is gone for one that did its work', async () => {
    const { modules } = account();
    const run = pageWith(modules);
    for (const [tool, input] of [
      ['archive', { chat: '77@lid', archived: true }],
      ['pin', { chat: '77@lid', pinned: true, max: 3 }],
      ['mute', { chat: '77@lid', until: 0 }],
      ['markRead', { chat: '77@lid' }],
      ['sendText', TEXT],
    ] as const) {
      await assert.rejects(run(tool, input), { name: 'TypeError', message: /is not a function$/ }, tool);
    }
  });

  it('knows whether a send that failed had left', async () => {
    const { modules } = account();
    const early = pageWith(modules, { sendMessage: () => Promise.reject(new Error('before')) });
    await assert.rejects(early('sendText', TEXT), { message: 'before' });
    const late = pageWith(modules, {
      sendMessage: (_chat: unknown, _text: unknown, { extraOptions }: { extraOptions: object }) => {
        const { id } = { ...extraOptions } as { id: MsgKey };
        assert.equal(id.id, '3EB0AA');
        return Promise.reject(new Error('behind'));
      },
    });
    assert.equal((await late('sendText', TEXT)).outcome, 'unsure');
    const undefinedBack = pageWith(modules, {
      sendMessage: (_chat: unknown, _text: unknown, options: { extraOptions: object }) => {
        assert.ok({ ...options.extraOptions });
        return Promise.resolve(undefined);
      },
    });
    assert.equal((await undefinedBack('sendText', TEXT)).outcome, 'left', 'whatever the library gives back');
  });

  it('sends nothing that the page would keep for later', async () => {
    const { modules } = account();
    modules.WAWebSocketModel = { Socket: { state: 'OPENING' } };
    const run = pageWith(modules, { sendMessage: () => assert.fail('sent') });
    assert.deepEqual(await run('sendText', TEXT), { outcome: 'offline' });
    assert.deepEqual(await run('archive', { chat: '77@lid', archived: true }), { outcome: 'offline' });
  });

  it('lends the page our id for one forward and takes it back, also when that fails', async () => {
    const { modules, messages, chat } = account();
    const before = MsgKey.newId;
    messages.push({ id: { id: 'SOURCE', fromMe: false, remote: chat.id }, t: 1, ack: 1 });
    const input = { chat: '77@lid', source: { chat: '77@lid', id: 'SOURCE', fromMe: false, sender: null } };
    modules.WAWebChatForwardMessage = {
      forwardMessages: async () => {
        const id = await MsgKey.newId();
        messages.push({ id: { id, fromMe: true, remote: chat.id }, t: 2, ack: 0 });
        // Some pages answer only when the server has it.
        await new Promise(() => undefined);
      },
    };
    const run = pageWith(modules);
    const both = await Promise.all(['A1', 'A2'].map((id) => run('forward', { ...input, id })));
    assert.deepEqual(
      both.map(({ outcome, id }) => [outcome, id]),
      [
        ['left', 'A1'],
        ['left', 'A2'],
      ],
    );
    assert.equal(MsgKey.newId, before);
    modules.WAWebChatForwardMessage = { forwardMessages: () => Promise.reject(new Error('refused')) };
    await assert.rejects(run('forward', { ...input, id: 'A3' }), { message: 'refused' });
    assert.equal(MsgKey.newId, before);
  });

  it('tells the id that came when something else took ours', async () => {
    const { modules, messages, chat } = account();
    messages.push({ id: { id: 'SOURCE', fromMe: false, remote: chat.id }, t: 1, ack: 1 });
    modules.WAWebChatForwardMessage = {
      forwardMessages: async () => {
        await MsgKey.newId();
        const id = await MsgKey.newId();
        messages.push({ id: { id, fromMe: true, remote: chat.id }, t: 2, ack: 0 });
      },
    };
    const source = { chat: '77@lid', id: 'SOURCE', fromMe: false, sender: null };
    const { outcome, id } = await pageWith(modules)('forward', { chat: '77@lid', source, id: 'A1' });
    assert.deepEqual([outcome, id], ['left', 'OWN']);
  });
});
