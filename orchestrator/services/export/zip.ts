import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';

export interface ZipEntry {
  readonly name: string;
  /** Made when its turn comes, and read to its end before the next entry is asked for. */
  open(): Readable;
  /** False for what is compressed already, as most media is. */
  readonly compress: boolean;
}

/** The bytes of a zip file, made as they are read. Throws what an entry throws. */
export async function* zipOf(
  entries: AsyncIterable<ZipEntry>,
  mtime: Date,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const zip = new ZipFile();
  const output = new PassThrough();
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const fail = (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on('error', fail);
  zip.outputStream.pipe(output);

  const feed = async () => {
    for await (const { name, open, compress } of entries) {
      const content = open();
      try {
        zip.addReadStream(content, name, { compress, mtime, mode: PRIVATE_FILE });
        await finished(content, { signal: either });
      } finally {
        content.destroy();
      }
    }
    zip.end();
  };
  const feeding = feed().catch(fail);
  try {
    yield* output as AsyncIterable<Buffer>;
  } finally {
    // Whoever reads has stopped: the entry under way would wait for ever.
    over.abort();
    output.destroy();
    await feeding;
  }
}
