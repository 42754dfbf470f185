import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { MessageRecord } from '#history/contracts/records.ts';
import { compact } from '../reply.ts';
import { jsonOf } from './json-body.ts';
import { mediaPages, type Run } from './run.ts';
import type { ZipEntry } from './zip.ts';

/** `chat.json`, the files, and `manifest.json` with what is there and what is not. */
export async function* entriesOf(run: Run): AsyncGenerator<ZipEntry> {
  yield { name: 'chat.json', compress: true, open: () => textStream(jsonOf(run)) };
  const names = new Map<string, string>();
  if (run.request.includeMedia) {
    for await (const { sha256, path } of storedFiles(run)) {
      if (names.has(sha256)) continue;
      // The name of a stored file is its hash, which says nothing of who sent it and cannot leave the folder.
      const name = `media/${basename(path)}`;
      names.set(sha256, name);
      yield { name, compress: false, open: () => createReadStream(path) };
      run.media += 1;
    }
  }
  yield { name: 'manifest.json', compress: true, open: () => textStream(manifestOf(run, names)) };
}

async function* storedFiles(run: Run): AsyncGenerator<{ readonly sha256: string; readonly path: string }> {
  for await (const page of mediaPages(run)) {
    for (const record of page) {
      const stored = await run.deps.media.stored(record);
      if (stored !== null && stored.path !== null) yield { sha256: stored.sha256, path: stored.path };
      // The file of a deleted message is not to be had, and nobody should look for it.
      else if (record.revokedAt === null) run.mediaMissing += 1;
    }
  }
}

/** Walks a second time rather than remember every message with a file. `names` = name in the zip by hash. */
async function* manifestOf(run: Run, names: ReadonlyMap<string, string>): AsyncGenerator<string> {
  yield '{"files":[';
  let separator = '\n';
  for await (const page of mediaPages(run)) {
    const lines: string[] = [];
    for (const record of page) {
      const { mime, bytes, filename } = record.media ?? {};
      const file = names.get((await hashOf(run, record)) ?? '');
      const why = run.request.includeMedia ? 'not_on_disk' : 'not_asked_for';
      const missing = file === undefined ? why : undefined;
      const { id: message_id, fromMe: from_me } = record;
      const sender_jid = record.sender?.jid;
      lines.push(
        JSON.stringify(compact({ message_id, from_me, sender_jid, mime, bytes, filename, file, missing })),
      );
    }
    yield `${separator}${lines.join(',\n')}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** As the message declares it, so that no file has to be read again. */
async function hashOf({ request, deps }: Run, record: MessageRecord): Promise<string | null> {
  if (!request.includeMedia || record.revokedAt !== null) return null;
  const declared = record.media?.sha256;
  if (declared !== undefined) return Buffer.from(declared, 'base64').toString('hex');
  return (await deps.media.stored(record))?.sha256 ?? null;
}

function textStream(text: AsyncIterable<string>): Readable {
  return Readable.from(text, { objectMode: false });
}
