import type { MessageRecord } from '#history/contracts/records.ts';
import type { ReplyMeta } from '../reply.ts';
import type { MediaFetch } from './fetch.ts';
import { type FileKind, kindOfFile } from './magic.ts';
import type { MediaStore } from './store.ts';

export interface LibraryFile extends FileKind {
  readonly content: Buffer;
  /** Hex. */
  readonly sha256: string;
  /** Where it is kept; null when it is not. */
  readonly path: string | null;
  /** It was there already; no engine was asked. */
  readonly cached: boolean;
  /** The media host had dropped it, and the phone sent it again. */
  readonly recovered: boolean;
  readonly meta: ReplyMeta;
}

export interface LibraryRequest {
  readonly maxBytes: number;
  /** Keep it for the next time. */
  readonly save: boolean;
  /** Asks the phone for what the media host no longer has; takes longer than a tool call may. */
  readonly recover?: boolean;
}

/** Files of messages: from the disk where they are, else from an engine. Errors: those of fetch and of the store. */
export interface MediaLibrary {
  get(record: MessageRecord, request: LibraryRequest, signal?: AbortSignal): Promise<LibraryFile>;
  /** The file where it is on the disk already; null where it is not, or was deleted for everybody. Asks no engine. */
  stored(record: MessageRecord): Promise<LibraryFile | null>;
  /** Whether its file is on the disk; cheaper than `stored`, and does not look into the file. */
  has(record: MessageRecord): Promise<boolean>;
  /** Removes the files of messages that are no longer stored. Returns how many there were. */
  remove(files: readonly RemovedFile[]): Promise<number>;
  readonly check: MediaFetch['check'];
}

export interface RemovedFile {
  /** Hex; null = the message did not say it. */
  readonly sha256: string | null;
  readonly message: Pick<MessageRecord, 'chatJid' | 'id' | 'fromMe'> & { readonly sender: string | null };
}

/** Longer than a tool call may take: what is under way then is finished, and the next call finds it. */
const DOWNLOAD_MAX_MS = 60_000;

export function createMediaLibrary(store: MediaStore, { fetch, check }: MediaFetch): MediaLibrary {
  const underWay = new Map<string, Promise<LibraryFile>>();

  const cachedFile = async (record: MessageRecord): Promise<LibraryFile | null> => {
    const declared = record.media?.sha256;
    const found =
      declared === undefined ? await store.linked(nameOf(record)) : await store.find(hexOf(declared));
    if (found === null) return null;
    const { path, content } = found;
    const kind = kindOfFile(content, record.media?.mime);
    return { ...kind, content, sha256: hashOf(path), path, cached: true, recovered: false, meta: {} };
  };

  const load = async (record: MessageRecord, request: LibraryRequest): Promise<LibraryFile> => {
    const { save } = request;
    if (save) await store.checkRoom(record.media?.bytes ?? 0);
    const fetched = await fetch(record, request, AbortSignal.timeout(DOWNLOAD_MAX_MS));
    const { content, sha256, recovered, meta } = fetched;
    const kind = kindOfFile(content, record.media?.mime);
    if (!save) return { ...kind, content, sha256, path: null, cached: false, recovered, meta };
    // The size was only declared until now.
    await store.checkRoom(content.byteLength);
    const { path } = await store.put(content, sha256, kind.extension);
    if (record.media?.sha256 === undefined) await store.link(nameOf(record), sha256);
    return { ...kind, content, sha256, path, cached: false, recovered, meta };
  };

  const stored = (record: MessageRecord) =>
    record.revokedAt === null ? cachedFile(record) : Promise.resolve(null);

  return {
    check,
    stored,
    has: (record) => {
      const declared = record.media?.sha256;
      return declared === undefined ? store.hasLinked(nameOf(record)) : store.has(hexOf(declared));
    },
    remove: (files) =>
      store.remove(
        files.map(({ sha256, message }) => sha256 ?? { linkedTo: nameBy(message, message.sender) }),
      ),
    get: async (record, request, signal) => {
      const found = await stored(record);
      if (found !== null) return found;
      // Fails at once where nothing could be fetched, whatever the state of the disk.
      check(record);
      const key = `${record.key} ${request.maxBytes} ${request.save} ${request.recover}`;
      let loading = underWay.get(key);
      if (loading === undefined) {
        loading = load(record, request).finally(() => underWay.delete(key));
        loading.catch(() => undefined);
        underWay.set(key, loading);
      }
      return await unlessAborted(loading, signal);
    },
  };
}

/** Names a message for as long as its chat keeps its id. */
function nameOf(record: MessageRecord): string {
  return nameBy(record, record.sender?.jid ?? null);
}

function nameBy(
  { chatJid, id, fromMe }: Pick<MessageRecord, 'chatJid' | 'id' | 'fromMe'>,
  sender: string | null,
): string {
  return JSON.stringify([chatJid, id, fromMe, sender]);
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function hashOf(path: string): string {
  return /([0-9a-f]{64})\.[0-9a-z]+$/.exec(path)?.[1] ?? '';
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  signal.throwIfAborted();
  const gone = Promise.withResolvers<never>();
  const stop = () => gone.reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
