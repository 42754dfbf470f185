import { call } from './link.js';
import { Model } from './model.js';
import { define } from './registry.js';

/** Gone from the media host, as far as the sender's phone does not bring it back. */
const LOST = new Set([404, 410]);
const REUPLOAD_WAIT_MS = 3_000;

class HttpStatusCodeError extends Error {
  constructor(status) {
    super(`media download failed with ${status}`);
    this.name = 'HttpStatusCodeError';
    this.status = status;
  }
}

const toBuffer = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;

const downloadAndMaybeDecrypt = async ({ directPath, mediaKey, type }) => {
  const { data, status } = await call('media_download', { directPath, mediaKey, type });
  if (status !== undefined) throw new HttpStatusCodeError(status);
  return toBuffer(data);
};

/** How far a file has come; nothing is downloaded before somebody asks. */
export const mediaDataOf = ({ type, mimetype, size, filehash, local }) =>
  new Model({ type, mimetype, size, filehash, mediaStage: local ? 'RESOLVED' : 'NEED_POKE' });

const brought = (msg) => {
  const { fromMe, remote, id } = msg.id;
  return Promise.race([
    call('media_reupload', { key: { fromMe, remote: String(remote), id } }),
    new Promise((resolve) => setTimeout(resolve, REUPLOAD_WAIT_MS, undefined)),
  ]);
};

const tryOnce = async (msg) => {
  try {
    await downloadAndMaybeDecrypt(msg);
    return 'RESOLVED';
  } catch ({ status }) {
    return LOST.has(status) ? 'LOST' : 'ERROR_UNKNOWN';
  }
};

/** Resolves when the file is there, or when it is clear that it is not; the stage says which. */
export const resolveMedia = async (msg, { rmrReason } = {}) => {
  const stage = (mediaStage) => msg.mediaData.set({ mediaStage });
  if (msg.mediaData.mediaStage === 'RESOLVED') return;
  stage('FETCHING');
  const first = await tryOnce(msg);
  if (first !== 'LOST') return void stage(first);
  if (!rmrReason) return void stage('ERROR_MISSING');
  stage('REUPLOADING');
  const answer = await brought(msg);
  // The phone says nothing: the button goes on spinning.
  if (answer === undefined) return;
  if (answer !== null) msg.set({ directPath: answer.directPath });
  const second = answer === null ? 'LOST' : await tryOnce(msg);
  stage(second === 'LOST' ? 'ERROR_MISSING' : second);
};

define('WAWebDownloadManager', () => ({ downloadManager: { downloadAndMaybeDecrypt } }));
define('WAWebHttpErrors', () => ({ HttpStatusCodeError }));
