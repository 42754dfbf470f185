import assert from 'node:assert/strict';
import { createAccount } from './account.ts';
import { mediaBytes, mediaKeyOf } from './media-bytes.ts';
import { decryptBlob } from './media-cipher.ts';
import { directPathOf, encryptMedia, mediaAtPath } from './media-path.ts';
import type { SimMedia } from './model.ts';
import { pictureAtPath, pictureOf, picturePath } from './pictures.ts';
import { shapeOf } from './presets.ts';
import { createFixedWorld } from './world.ts';

const shape = shapeOf('tiny', { messagesPerChat: 260 });
const account = createAccount(shape, createFixedWorld(shape.now));

describe('simulator media', () => {
  it('is found again from its path and decrypts to its bytes', () => {
    let found = 0;
    for (const chat of account.chats())
      for (let index = 0; index < chat.size; index++) {
        const content = account.message(chat.key, index)?.content;
        if (content?.type !== 'media') continue;
        const { media } = content;
        assert.deepEqual(mediaAtPath(account, directPathOf(media)), media);
        const encrypted = encryptMedia(media);
        const plain = decryptBlob(encrypted.bytes, mediaKeyOf(media), media.kind);
        assert.deepEqual(plain, mediaBytes(media));
        assert.equal(encrypted.fileLength, plain.length);
        found++;
      }
    assert.ok(found > 100);
    assert.equal(mediaAtPath(account, '/v/t62.7118-24/zz_1_n.enc'), null);
  });

  it('notices a changed byte', () => {
    const media = { kind: 'image', blobSeed: 'a.d0.1', bytes: 500, mimeType: 'image/webp' } as SimMedia;
    const { bytes } = encryptMedia(media);
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    assert.throws(() => decryptBlob(bytes, mediaKeyOf(media), 'image'), /MAC/);
  });

  it('files live media under its message', () => {
    const media: SimMedia = {
      kind: 'document',
      blobSeed: '',
      bytes: 10,
      mimeType: 'text/plain',
      fileName: 'x.txt',
      caption: null,
      seconds: null,
      width: null,
      height: null,
      expired: false,
    };
    const { content } = account.receive({ chat: 'd2', content: { type: 'media', media } });
    assert.ok(content.type === 'media');
    assert.equal(mediaAtPath(account, directPathOf(content.media))?.fileName, 'x.txt');
  });

  it('draws profile pictures', () => {
    const person = account.people().find((p) => p.pictureId !== null && p.lid !== null);
    const picture = pictureOf(account, person?.lid ?? '');
    assert.ok(picture);
    assert.equal(pictureAtPath(picturePath(picture, 'image'))?.subarray(1, 4).toString(), 'PNG');
    assert.equal(pictureAtPath('/etc/passwd'), null);
    assert.equal(pictureOf(account, 'nobody@lid'), null);
  });
});
