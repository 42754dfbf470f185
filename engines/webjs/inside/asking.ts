import type { Outcome } from './acting.ts';
import type { Loose, MessageAddress, PageGlobal } from './loose.ts';

export interface FileToFetch {
  readonly message: MessageAddress;
  /** As the page names it. */
  readonly type: string;
  /** Nulls = the caller does not know; then the page must have the message. */
  readonly mediaKey: string | null;
  readonly directPath: string | null;
  readonly filehash: string | null;
  readonly encFilehash: string | null;
  readonly maxBytes: number;
}

/** Questions to the server about people and files, through the page. Runs there, behind installReading. */
export function installAsking(): void {
  const page = globalThis as unknown as PageGlobal;
  if (page.TandemPage === undefined) return;
  const { kit, tools } = page.TandemPage;
  if (tools.lookup !== undefined) return;
  const { collections, get, call, models, widText, toWid, altOf, chatOf, contactOf, messageOf } = kit;
  const GONE: readonly unknown[] = [403, 404, 410];
  const CHUNK_BYTES = 32_768;

  const statusOf = (error: unknown): number | null => {
    const status: unknown = get(error, 'status') ?? get(error, 'statusCode');
    return typeof status === 'number' ? status : null;
  };

  tools.lookup = async ({ ids }: { ids: readonly string[] }) => {
    const results: unknown[] = [];
    for (const id of ids) {
      const found = await call(page.require('WAWebQueryExistsJob'), 'queryWidExists', toWid(id));
      const wid = found?.wid;
      results.push({ id, wid: widText(wid), lid: widText(found?.lid), alt: altOf(wid) ?? altOf(id) });
    }
    return { results };
  };

  tools.picture = async ({ id }: { id: string }): Promise<Outcome> => {
    try {
      const about = chatOf(id) ?? contactOf(id) ?? { id: toWid(id) };
      const bridge = page.require('WAWebContactProfilePicThumbBridge');
      const found = await call(bridge, 'requestProfilePicFromServer', about);
      return { outcome: 'done', full: found?.eurl, preview: found?.previewEurl, id: found?.tag };
    } catch (error) {
      const status = statusOf(error);
      if (String(get(error, 'name')) !== 'ServerStatusCodeError') throw error;
      if (status === 401 || status === 403) return { outcome: 'private' };
      return { outcome: 'done' };
    }
  };

  tools.block = async ({ id, blocked }: { id: string; blocked: boolean }): Promise<Outcome> => {
    const contact = await call(collections().Contact, 'find', toWid(id));
    if (!contact) return { outcome: 'no-contact' };
    const utils = page.require('WAWebBlockContactUtils');
    const resolved = call(utils, 'getContactToBlockOnlyUseIfNoAssociatedChat', contact, 'ChatListBlock');
    const act = page.require('WAWebBlockContactAction');
    if (blocked) await call(act, 'blockContact', { contact: resolved });
    else await call(act, 'unblockContact', resolved);
    return { outcome: 'done' };
  };
  tools.blocklist = () => ({
    ids: models(collections().Blocklist).flatMap((one) => widText(get(one, 'id')) ?? []),
  });

  tools.devices = async () => {
    const me = call(page.require('WAWebUserPrefsMeUser'), 'getMaybeMePnUser');
    const listed = await call(page.require('WAWebApiDeviceList'), 'getDeviceIds', [me]);
    return { count: models(get(listed?.[0], 'devices')).length };
  };

  const base64 = (bytes: Uint8Array): string => {
    let binary = '';
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
    }
    return page.btoa(binary);
  };
  const fetchFile = async (message: Loose | undefined, input: FileToFetch): Promise<Outcome> => {
    const directPath = () => get(message, 'directPath') ?? input.directPath;
    const mediaKey = get(message, 'mediaKey') ?? input.mediaKey;
    if (!directPath() || !mediaKey) return { outcome: 'no-media' };
    const stage = String(get(get(message, 'mediaData'), 'mediaStage') ?? '');
    // The sender was asked to send the file again, and has not done it yet.
    if (stage === 'REUPLOADING') return { outcome: 'gone' };
    if (message !== undefined && stage !== '' && stage !== 'RESOLVED') {
      await message.downloadMedia?.({ downloadEvenIfExpensive: true, rmrReason: 1 });
      const after = String(get(get(message, 'mediaData'), 'mediaStage') ?? '');
      // With any other error the host itself says what is wrong.
      if (after === 'ERROR_MISSING' || after === 'REUPLOADING') return { outcome: 'gone' };
    }
    const manager = page.require('WAWebDownloadManager').downloadManager;
    const mockQpl = { addAnnotations: () => mockQpl, addPoint: () => mockQpl };
    const file = (await call(manager, 'downloadAndMaybeDecrypt', {
      // Elsewhere, after the sender has sent the file again.
      directPath: directPath(),
      encFilehash: get(message, 'encFilehash') ?? input.encFilehash ?? undefined,
      filehash: get(message, 'filehash') ?? input.filehash ?? undefined,
      mediaKey,
      mediaKeyTimestamp: get(message, 'mediaKeyTimestamp'),
      type: get(message, 'type') ?? input.type,
      signal: new AbortController().signal,
      downloadQpl: mockQpl,
    })) as unknown as ArrayBuffer | undefined;
    if (file === undefined) return { outcome: 'gone' };
    const bytes = new Uint8Array(file);
    return bytes.length > input.maxBytes
      ? { outcome: 'too-large', bytes: bytes.length }
      : { outcome: 'done', base64: base64(bytes) };
  };
  tools.download = async (input: FileToFetch): Promise<Outcome> => {
    try {
      return await fetchFile(await messageOf(input.message), input);
    } catch (error) {
      const status = statusOf(error);
      if (status === null) throw error;
      return { outcome: GONE.includes(status) ? 'gone' : 'refused', status };
    }
  };
}
