import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageObservation } from '#engines/contract/message.ts';
import { ANNA_LID, ANNA_PN, type Bench, GROUP, message, openBench, T0 } from '#history/test-support.ts';
import { TandemError } from '#kernel/errors.ts';
import { createMediaLibrary, type MediaLibrary } from '../media/library.ts';
import { createMediaStore, type MediaStore } from '../media/store.ts';
import { createTimes } from '../present/times.ts';
import { failsWith } from '../testing/errors.ts';
import {
  EXPORT_DEFAULT_MESSAGES,
  EXPORT_MAX_MESSAGES,
  type ExportDeps,
  type ExportRequest,
} from './contract.ts';
import { readZip } from './testing/read-zip.ts';
import { writeExport } from './write-export.ts';

const HOSTILE = '=HYPERLINK("http://evil.example","\u202eclick")';
const picture = Buffer.from('the bytes of a picture');
const sha256 = createHash('sha256').update(picture).digest();

interface Json {
  readonly chat: { readonly jid: string };
  readonly exported_at: string;
  readonly messages: readonly { readonly id: string; readonly text?: string; readonly timestamp: string }[];
}

describe('writing an export', () => {
  let bench: Bench;
  let folder: string;
  let store: MediaStore;
  let media: MediaLibrary;
  let chatId: number;

  beforeEach(async () => {
    bench = await openBench();
    folder = join(bench.folder, 'exports');
    await mkdir(folder);
    store = createMediaStore({ dir: join(bench.folder, 'media'), quotaBytes: 1_000_000 });
    media = createMediaLibrary(store, {
      fetch: () => Promise.reject(new Error('an export fetches nothing')),
      check: () => undefined,
    });
  });
  afterEach(() => bench.close());

  const learn = async (messages: readonly MessageObservation[]) => {
    await bench.ingest(messages);
    chatId = (await bench.history.chats.byJid(ANNA_PN))?.id ?? 0;
  };
  /** So many messages, two a second, in no order. */
  const fill = (count: number) =>
    learn(
      Array.from({ length: count }, (_, n) => {
        const at = (n * 7_919) % count;
        return message({ id: `M${at}`, sentAt: T0 + Math.floor(at / 2), text: `text ${at} ${HOSTILE}` });
      }),
    );
  const write = (
    change: Partial<ExportRequest> = {},
    deps: Partial<ExportDeps> = {},
    signal = new AbortController().signal,
    onProgress?: Parameters<typeof writeExport>[4],
  ) => {
    const request: ExportRequest = {
      chatId,
      format: 'json',
      maxMessages: EXPORT_DEFAULT_MESSAGES,
      includeMedia: false,
      ...change,
    };
    const all = { history: bench.history, media, times: createTimes('UTC'), clock: bench.clock, ...deps };
    return writeExport(all, request, join(folder, `it.${request.format}`), signal, onProgress);
  };
  const json = () => JSON.parse(readFileSync(join(folder, 'it.json'), 'utf8')) as Json;
  const left = () => readdirSync(folder);

  it('holds every message of the chat, oldest first, as the store has it', async () => {
    await fill(1_203);
    await bench.ingest([message({ id: 'ELSEWHERE', chat: GROUP, sender: ANNA_PN })]);
    const steps: number[] = [];
    const outcome = await write({}, {}, undefined, ({ done, total }) => {
      assert.equal(total, 1_203);
      steps.push(done);
    });
    const { messages, chat, exported_at } = json();
    const stored = await bench.history.messages.list({ chatId, order: 'oldest', limit: 2_000 });
    assert.deepEqual(
      messages.map(({ id, text }) => [id, text]),
      stored.items.map(({ id, text }) => [id, text]),
    );
    assert.equal(messages.length, 1_203);
    assert.deepEqual(
      [chat.jid, exported_at],
      [ANNA_PN, new Date(T0 * 1_000).toISOString().replace('.000', '')],
    );
    assert.deepEqual(steps, [500, 1_000, 1_203]);
    const bytes = readFileSync(join(folder, 'it.json'));
    assert.deepEqual(
      [outcome.messages, outcome.bytes, outcome.sha256],
      [1_203, bytes.byteLength, createHash('sha256').update(bytes).digest('hex')],
    );
    assert.equal(statSync(join(folder, 'it.json')).mode & 0o777, 0o600);
    assert.deepEqual(left(), ['it.json']);
  });

  it('shows the first five rows without what does not show', async () => {
    await fill(20);
    const { sample } = await write();
    const rows = json().messages.slice(0, 5);
    assert.equal(rows.length, 5);
    assert.deepEqual(
      sample.map(({ id }) => id),
      rows.map(({ id }) => id),
    );
    assert.ok(!JSON.stringify(sample).includes('\u202e'));
    assert.ok(json().messages[0]?.text?.includes('\u202e'), 'the file keeps what was written');
  });

  it('takes the newest messages of a time, and still writes them oldest first', async () => {
    await fill(12_000);
    for (const maxMessages of [1, 499, 5_001, 9_999]) {
      assert.equal((await write({ maxMessages })).messages, maxMessages);
      const newest = await bench.history.messages.list({ chatId, order: 'newest', limit: maxMessages });
      const ids = newest.items.map(({ id }) => id).reverse();
      assert.deepEqual(
        json().messages.map(({ id }) => id),
        ids,
      );
    }
    const part = { after: T0 + 100, before: T0 + 200 };
    assert.equal((await write(part)).messages, 200);
    assert.equal((await write({ ...part, maxMessages: 3 })).messages, 3);
    assert.equal(
      json().messages.at(-1)?.timestamp,
      new Date((T0 + 199) * 1_000).toISOString().replace('.000', ''),
    );
    assert.deepEqual((await write({ after: T0 + 1_000_000 })).sample, []);
    assert.deepEqual(json().messages, []);
  });

  it('leaves out what arrives while it is written', async () => {
    await fill(1_100);
    let learned: Promise<unknown> | null = null;
    const outcome = await write({}, {}, undefined, () => {
      learned ??= bench.ingest([message({ id: 'LATE', sentAt: T0 + 50_000 })]);
    });
    await learned;
    assert.equal(outcome.messages, 1_100);
    assert.ok(!json().messages.some(({ id }) => id === 'LATE'));
  });

  it('is written as CSV with one record a message, and no cell that a spreadsheet runs', async () => {
    await fill(700);
    const { messages } = await write({ format: 'csv' });
    const text = readFileSync(join(folder, 'it.csv'), 'utf8');
    const lines = text.split('\r\n');
    assert.equal(messages, 700);
    assert.equal(lines.length, 702, 'a header, the messages, and the end');
    assert.match(lines[0] ?? '', /^id,chat_jid,timestamp,from_me,sender_jid,sender_name,type,text,/);
    await learn([message({ id: 'FORMULA', sentAt: T0 + 9_000, text: HOSTILE })]);
    await write({ format: 'csv', maxMessages: 1 });
    const hostile = readFileSync(join(folder, 'it.csv'), 'utf8');
    assert.ok(hostile.includes(`,"'${HOSTILE.replaceAll('"', '""')}",`), hostile);
  });

  it('puts files that are on the disk into the zip, and names those that are not', async () => {
    const hash = sha256.toString('base64');
    await learn([
      message({
        id: 'HERE',
        type: 'image',
        media: { mime: 'image/jpeg', sha256: hash, filename: '../../a.jpg' },
      }),
      message({ id: 'AGAIN', sentAt: T0 + 1, type: 'image', media: { mime: 'image/jpeg', sha256: hash } }),
      message({ id: 'GONE', sentAt: T0 + 2, type: 'video', media: { mime: 'video/mp4', bytes: 7 } }),
      message({ id: 'REVOKED', sentAt: T0 + 3, type: 'image', media: { sha256: hash }, revoked: true }),
      message({ id: 'TEXT', sentAt: T0 + 4 }),
    ]);
    await store.put(picture, sha256.toString('hex'), 'jpg');
    const outcome = await write({ format: 'zip', includeMedia: true });
    assert.deepEqual([outcome.messages, outcome.media, outcome.mediaMissing], [5, 1, 1]);
    const files = readZip(readFileSync(join(folder, 'it.zip')));
    const name = `media/${sha256.toString('hex')}.jpg`;
    assert.deepEqual([...files.keys()], ['chat.json', name, 'manifest.json']);
    assert.deepEqual(files.get(name), picture);
    const chat = JSON.parse(String(files.get('chat.json'))) as Json;
    assert.equal(chat.messages.length, 5);
    const manifest = JSON.parse(String(files.get('manifest.json'))) as {
      readonly files: readonly {
        readonly message_id: string;
        readonly file?: string;
        readonly missing?: string;
      }[];
    };
    assert.deepEqual(
      manifest.files.map(({ message_id, file, missing }) => [message_id, file ?? missing]),
      [
        ['HERE', name],
        ['AGAIN', name],
        ['GONE', 'not_on_disk'],
        ['REVOKED', 'not_on_disk'],
      ],
    );
    await write({ format: 'zip' });
    const without = readZip(readFileSync(join(folder, 'it.zip')));
    assert.deepEqual([...without.keys()], ['chat.json', 'manifest.json']);
    assert.match(String(without.get('manifest.json')), /not_asked_for/);
  });

  it('leaves no file when it is cut off, in any format', async () => {
    await fill(3_000);
    for (const format of ['json', 'csv', 'zip'] as const) {
      const caller = new AbortController();
      const reason = new Error('cancelled');
      const pending = write({ format }, {}, caller.signal, () => caller.abort(reason));
      await assert.rejects(pending, (thrown) => thrown === reason);
      assert.deepEqual(left(), []);
    }
    const before = AbortSignal.abort(new Error('too late'));
    await assert.rejects(write({}, {}, before), /too late/);
    assert.deepEqual(left(), []);
  });

  it('leaves no file when the store fails in the middle', async () => {
    await fill(1_200);
    const { messages, chats } = bench.history;
    for (const format of ['json', 'csv', 'zip'] as const) {
      let isBroken = false;
      const list: typeof messages.list = (query) =>
        isBroken ? Promise.reject(new TandemError('DB_LOCKED')) : messages.list(query);
      const history = { chats, messages: { ...messages, list } };
      const breakNow = () => {
        isBroken = true;
      };
      await failsWith('DB_LOCKED', () => write({ format }, { history }, undefined, breakNow));
      assert.deepEqual(left(), []);
    }
  });

  it('keeps the earlier file when a new one fails', async () => {
    await fill(10);
    await write();
    const full = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    for (const format of ['json', 'zip'] as const)
      await failsWith('DB_DISK_FULL', () => write({ format }, { write: full }));
    assert.equal(json().messages.length, 10);
    assert.deepEqual(left(), ['it.json']);
  });

  it('says what is too large, missing or not meant', async () => {
    await fill(600);
    await failsWith('EXPORT_TOO_LARGE', () => write({}, { maxBytes: 1_000 }));
    await failsWith('EXPORT_TOO_LARGE', () => write({ format: 'zip' }, { maxBytes: 1_000 }));
    await failsWith('EXPORT_TOO_LARGE', () => write({ maxMessages: EXPORT_MAX_MESSAGES + 1 }));
    await failsWith('VALIDATION_ERROR', () => write({ maxMessages: 0 }));
    await failsWith('VALIDATION_ERROR', () => write({ includeMedia: true }));
    await failsWith('CHAT_NOT_FOUND', () => write({ chatId: 12_345 }));
    const failing = (_file: unknown) => Promise.reject(Object.assign(new Error('x'), { code: 'EIO' }));
    await failsWith('DATA_DIR_UNUSABLE', () => write({}, { write: failing }));
    assert.ok(!existsSync(join(folder, 'it.json')));
    assert.deepEqual(left(), []);
  });

  it('fails rather than hold half a chat when the chat becomes one with another', async () => {
    // The smaller one gives up its id.
    await fill(1_501);
    const unknownYet = { chat: ANNA_LID, sender: ANNA_LID };
    await learn(
      Array.from({ length: 1_500 }, (_, n) => message({ id: `L${n}`, sentAt: T0 + n, ...unknownYet })),
    );
    const lid = (await bench.history.chats.byJid(ANNA_LID))?.id ?? 0;
    let merged: Promise<unknown> = Promise.resolve();
    const { messages, chats } = bench.history;
    const list: typeof messages.list = async (query) => {
      await merged;
      return messages.list(query);
    };
    const history = { chats, messages: { ...messages, list } };
    await failsWith('CHAT_NOT_FOUND', () =>
      write({ chatId: lid }, { history }, undefined, () => {
        merged = bench.ingest([{ kind: 'contact', jid: ANNA_PN, alt: ANNA_LID }]);
      }),
    );
    assert.deepEqual(left(), []);
    assert.equal((await write()).messages, 3_001, 'the chat that stays has all of it');
  });
});
