import assert from 'node:assert/strict';
import { downloadMediaMessage, type WAMessage } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import { mediaBytes } from '../../account/media-bytes.ts';
import type { SimMedia } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import { createSimulator, type Simulator } from '../../simulator.ts';
import { type BaileysClient, linkByQr, trust } from '../../testing/baileys-client.ts';

describe('media with a real Baileys', () => {
  let simulator: Simulator;
  let client: BaileysClient;

  before(async () => {
    const shape = shapeOf('tiny', { messagesPerChat: 200, pushedPerChat: 200 });
    simulator = await createSimulator({ shape, world: createFixedWorld(shape.now) });
    trust(simulator);
    client = await linkByQr(simulator);
    const { pushed } = simulator.oracle.counts();
    await until(() => client.messages().length >= pushed, 'pushed history');
  });
  after(async () => {
    await client.end();
    await simulator.close();
  });

  const pushedMedia = (
    test: (media: SimMedia) => boolean,
  ): { readonly info: WAMessage; readonly media: SimMedia } => {
    for (const info of client.messages()) {
      const chat = simulator.account.chatByJid(info.key.remoteJid ?? '');
      const message = chat ? simulator.account.messageById(chat.key, info.key.id ?? '') : undefined;
      if (message?.content.type === 'media' && message.revoked === null && test(message.content.media))
        return { info, media: message.content.media };
    }
    throw new Error('the preset has such media');
  };
  const download = (info: WAMessage): Promise<Buffer> => downloadMediaMessage(info, 'buffer', {});

  it('downloads what history mentions', async () => {
    const { info, media } = pushedMedia((m) => !m.expired && m.kind === 'voice');
    assert.deepEqual(await download(info), mediaBytes(media));
  });

  it('gets an expired file back from the phone', async () => {
    const { info, media } = pushedMedia((m) => m.expired);
    await assert.rejects(download(info), /410|[Ff]ailed/);
    const renewed = await client.socket.updateMediaMessage(info);
    assert.deepEqual(await download(renewed), mediaBytes(media));
  });

  it('hears that the phone has lost a file', async () => {
    const { info } = pushedMedia((m) => !m.expired);
    const lost = { ...info, key: { ...info.key, id: '3EB0000000000000000000' } };
    await assert.rejects(client.socket.updateMediaMessage(lost), /re-upload/);
    simulator.faults.phone.reuploads = false;
    await assert.rejects(client.socket.updateMediaMessage(info), /re-upload/);
    simulator.faults.reset();
  });

  it('takes an upload, and the account holds its bytes', async () => {
    const chat = simulator.account.chats().find((c) => c.peer !== null && c.jid.endsWith('@lid'));
    assert.ok(chat);
    const document = Buffer.from('minutes of the meeting '.repeat(300));
    const sent = await client.socket.sendMessage(chat.jid, {
      document,
      mimetype: 'text/plain',
      fileName: 'minutes.txt',
    });
    const part =
      sent?.message?.documentMessage ?? sent?.message?.documentWithCaptionMessage?.message?.documentMessage;
    const stored = simulator.media.read(
      part?.directPath ?? '',
      part?.mediaKey ?? new Uint8Array(),
      'document',
    );
    assert.deepEqual(Buffer.from(stored ?? []), document);
  });
});
