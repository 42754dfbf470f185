/** Somebody who read what this process prints has gone: `tandem up | head`, a closed terminal, a dead parent. */
const READER_GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED']);

/** Printing goes on into the void when the reader is gone, instead of ending the process. Other errors are thrown. */
export function outliveReaders(...streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    if (stream.listeners('error').includes(ignoreGoneReader)) continue;
    stream.on('error', ignoreGoneReader);
  }
}

function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (!READER_GONE.has(error.code)) throw error;
}
