import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { downloadMediaMessage } from '@whiskeysockets/baileys';
import webjs, { type Message } from 'whatsapp-web.js';
import { until } from '#kernel/testing/until.ts';
import { mediaBytes } from '../account/media-bytes.ts';
import type { SimChat } from '../account/model.ts';
import { shapeOf } from '../account/presets.ts';
import { type SampleMedia, sampleMedia } from '../account/sample-media.ts';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../testing/baileys-client.ts';
import { linkWebjs, type WebjsClient } from '../testing/webjs-client.ts';
import { toWid } from './projection/wids.ts';

describe('files in a page', () => {
  let simulator: Simulator;
  let browser: WebjsClient;
  let baileys: BaileysClient;
  let chat: SimChat;

  before(async () => {
    simulator = await createSimulator({ shape: shapeOf('tiny') });
    trust(simulator);
    baileys = await linkByQr(simulator);
    browser = await linkWebjs(simulator);
    const found = simulator.account
      .chats()
      .find(({ kind, jid }) => kind === 'direct' && jid.endsWith('@lid'));
    assert.ok(found);
    chat = found;
  });
  afterEach(() => simulator.faults.reset());
  after(async () => {
    await browser?.end();
    await baileys?.end();
    await simulator.close();
  });

  const receive = async (sample: SampleMedia) => {
    const { id, content } = simulator.account.receive({ chat: chat.key, content: sampleMedia(sample) });
    assert.ok(content.type === 'media');
    const message = await until(
      () =>
        browser
          .events('message')
          .map(({ args }) => args[0] as Message)
          .find((each) => each.id.id === id),
      'message',
    );
    return { message, bytes: mediaBytes(content.media) };
  };
  const isSame = (media: webjs.MessageMedia | undefined, bytes: Buffer): boolean =>
    media !== undefined && Buffer.from(media.data, 'base64').equals(bytes);

  it('downloads what others send', async () => {
    for (const kind of ['image', 'document', 'voice'] as const) {
      const { message, bytes } = await receive({ kind, bytes: 100_000, caption: 'look' });
      assert.equal(message.hasMedia, true);
      assert.ok(isSame(await message.downloadMedia(), bytes));
    }
  });

  it('lets the phone bring back what the host has lost, or says that it is lost', async () => {
    const first = await receive({ kind: 'image', expired: true });
    assert.ok(isSame(await first.message.downloadMedia(), first.bytes));
    simulator.faults.phone.reuploads = false;
    const second = await receive({ kind: 'image', expired: true });
    assert.equal(await second.message.downloadMedia(), undefined);
    assert.equal(await second.message.downloadMedia(), undefined);
  });

  it('fails when the host fails or the file is damaged', async () => {
    const { message, bytes } = await receive({ kind: 'document' });
    simulator.media.failNext({ kind: 'status', status: 500 }, 1);
    assert.equal(await message.downloadMedia(), undefined);
    simulator.media.failNext({ kind: 'corrupt' }, 1);
    assert.equal(await message.downloadMedia(), undefined);
    assert.ok(isSame(await message.downloadMedia(), bytes));
  });

  it('sends a picture and a document; everybody reads the same bytes', async () => {
    const { uploads } = simulator.media.counts;
    for (const [mimetype, name, bytes] of [
      ['image/png', 'dot.png', randomBytes(3_000)],
      ['application/pdf', 'paper.pdf', randomBytes(2_000_000)],
    ] as const) {
      const media = new webjs.MessageMedia(mimetype, bytes.toString('base64'), name);
      const sent = await browser.client.sendMessage(toWid(chat.jid), media, {
        caption: `this is ${name}`,
        waitUntilMsgSent: true,
      });
      assert.ok(isSame(await sent.downloadMedia(), bytes));
      const got = simulator.wire.mailbox.byId(sent.id.id);
      assert.deepEqual(
        got.map(({ text }) => text),
        [`this is ${name}`, `this is ${name}`],
      );
      const copy = await until(
        () => baileys.messages().find(({ key }) => key.id === sent.id.id),
        'copy at baileys',
      );
      assert.ok(bytes.equals(await downloadMediaMessage(copy, 'buffer', {})));
      assert.equal(copy.message?.documentMessage?.fileName ?? 'dot.png', name);
    }
    assert.equal(simulator.media.counts.uploads, uploads + 2);
  });
});
