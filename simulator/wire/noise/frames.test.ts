import assert from 'node:assert/strict';
import { NOISE_WA_HEADER } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { createFrameReader, encodeFrame } from './frames.ts';

const cut = (stream: Buffer, sizes: readonly number[]): readonly Buffer[] => {
  const parts: Buffer[] = [];
  let offset = 0;
  for (const size of sizes) {
    parts.push(stream.subarray(offset, offset + size));
    offset += size;
  }
  return [...parts, stream.subarray(offset)];
};

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

describe('frames', () => {
  it('come out whole, however the stream is cut, with or without a routing prefix', () => {
    fc.assert(
      fc.property(
        fc.array(bytes(300), { maxLength: 8 }),
        fc.option(bytes(40), { nil: null }),
        fc.array(fc.nat(50), { maxLength: 40 }),
        (payloads, routing, sizes) => {
          const prefix = routing === null ? [] : [Buffer.from('ED\0\x01', 'latin1'), encodeFrame(routing)];
          const stream = Buffer.concat([...prefix, NOISE_WA_HEADER, ...payloads.map(encodeFrame)]);
          const read = createFrameReader();
          const frames = cut(stream, sizes).flatMap((part) => read(part));
          assert.deepEqual(
            frames.map((frame) => Buffer.from(frame)),
            payloads.map((payload) => Buffer.from(payload)),
          );
        },
      ),
    );
  });

  it('refuse a stream of another protocol', () => {
    assert.throws(() => createFrameReader()(Buffer.from('GET / HTTP/1.1')), /not a WhatsApp stream/);
  });
});
