import assert from 'node:assert/strict';
import { kindOfFile } from './magic.ts';

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );

describe('kinds of files', () => {
  it('are told by the first bytes, whatever was declared', () => {
    const jpeg = bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF');
    for (const declared of ['image/jpeg', 'application/x-msdownload', undefined, ''])
      assert.deepEqual(kindOfFile(jpeg, declared), { mime: 'image/jpeg', extension: 'jpg' });
    const kinds: readonly (readonly [Buffer, string, string])[] = [
      [bytes([0x89], 'PNG\r\n', [0x1a, 0x0a]), 'image/png', 'png'],
      [bytes('GIF89a'), 'image/gif', 'gif'],
      [bytes('RIFF', [1, 2, 3, 4], 'WEBP'), 'image/webp', 'webp'],
      [bytes('RIFF', [1, 2, 3, 4], 'WAVE'), 'audio/wav', 'wav'],
      [bytes('OggS'), 'audio/ogg', 'ogg'],
      [bytes([0, 0, 0, 24], 'ftypisom'), 'video/mp4', 'mp4'],
      [bytes([0, 0, 0, 24], 'ftypM4A '), 'audio/mp4', 'm4a'],
      [bytes('%PDF-1.7'), 'application/pdf', 'pdf'],
    ];
    for (const [content, mime, extension] of kinds)
      assert.deepEqual(kindOfFile(content, 'text/html'), { mime, extension });
  });

  it('of one container are told by what was declared', () => {
    const zip = bytes('PK', [3, 4, 20, 0]);
    const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
    assert.deepEqual(kindOfFile(zip, word), { mime: word, extension: 'docx' });
    assert.deepEqual(kindOfFile(zip, 'image/png'), { mime: 'application/zip', extension: 'zip' });
    assert.deepEqual(kindOfFile(bytes([0, 0, 0, 24], 'ftypisom'), 'audio/mp4; x=y'), {
      mime: 'audio/mp4',
      extension: 'm4a',
    });
  });

  it('that nothing tells are text or bytes, never a program or a page', () => {
    assert.deepEqual(kindOfFile(Buffer.from('Grüße, 日本'), 'text/csv'), {
      mime: 'text/csv',
      extension: 'csv',
    });
    assert.deepEqual(kindOfFile(Buffer.from('<script>'), 'text/html'), {
      mime: 'text/plain',
      extension: 'txt',
    });
    for (const content of [bytes('MZ', [0x90, 0]), bytes([0xff, 0xfe, 0xfd]), bytes([0])])
      assert.deepEqual(kindOfFile(content, 'text/plain'), {
        mime: 'application/octet-stream',
        extension: 'bin',
      });
  });
});
