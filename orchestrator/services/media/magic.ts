/** What a file is by its first bytes. Names and declared types come from strangers; these decide how a file is kept. */
export interface FileKind {
  readonly mime: string;
  /** Without dot; from this table only, never from a name. */
  readonly extension: string;
}

interface Signature extends FileKind {
  readonly at: number;
  readonly bytes: readonly number[];
  /** Further bytes at another place. */
  readonly and?: { readonly at: number; readonly bytes: readonly number[] };
}

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

function signature(
  mime: string,
  extension: string,
  at: number,
  bytes: readonly number[],
  and?: Signature['and'],
) {
  return and === undefined ? { mime, extension, at, bytes } : { mime, extension, at, bytes, and };
}

const RIFF = ascii('RIFF');
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** More particular ones first. */
const SIGNATURES: readonly Signature[] = [
  signature('image/jpeg', 'jpg', 0, [0xff, 0xd8, 0xff]),
  signature('image/png', 'png', 0, [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]),
  signature('image/gif', 'gif', 0, ascii('GIF8')),
  signature('image/webp', 'webp', 0, RIFF, { at: 8, bytes: ascii('WEBP') }),
  signature('audio/wav', 'wav', 0, RIFF, { at: 8, bytes: ascii('WAVE') }),
  signature('audio/ogg', 'ogg', 0, ascii('OggS')),
  signature('audio/mpeg', 'mp3', 0, ascii('ID3')),
  signature('audio/mpeg', 'mp3', 0, [0xff, 0xfb]),
  signature('audio/aac', 'aac', 0, [0xff, 0xf1]),
  signature('audio/amr', 'amr', 0, ascii('#!AMR')),
  signature('audio/mp4', 'm4a', 4, ascii('ftypM4A')),
  signature('image/heic', 'heic', 4, ascii('ftyphei')),
  signature('video/quicktime', 'mov', 4, ascii('ftypqt')),
  signature('video/3gpp', '3gp', 4, ascii('ftyp3gp')),
  signature('video/mp4', 'mp4', 4, ascii('ftyp')),
  signature('video/webm', 'webm', 0, [0x1a, 0x45, 0xdf, 0xa3]),
  signature('application/pdf', 'pdf', 0, ascii('%PDF-')),
];

/** Kinds that look alike at the start: the declared type chooses among these only. */
const ZIP_KINDS: Readonly<Record<string, string>> = {
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/epub+zip': 'epub',
};
const TEXT_KINDS: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'text/csv': 'csv',
  'text/markdown': 'md',
  'text/vcard': 'vcf',
  'text/calendar': 'ics',
  'application/json': 'json',
};

const UNKNOWN: FileKind = { mime: 'application/octet-stream', extension: 'bin' };
/** As much as tells a text from anything else. */
const TEXT_LOOKED_AT_BYTES = 4_096;

/** `declared` counts only where the bytes allow it. */
export function kindOfFile(content: Uint8Array, declared: string | undefined): FileKind {
  const plain = plainMime(declared);
  const found = SIGNATURES.find(
    ({ at, bytes, and }) =>
      hasBytes(content, at, bytes) && (and === undefined || hasBytes(content, and.at, and.bytes)),
  );
  if (found !== undefined) {
    // One container, two kinds: a recording and a film.
    if (found.mime === 'video/mp4' && plain === 'audio/mp4') return { mime: plain, extension: 'm4a' };
    return { mime: found.mime, extension: found.extension };
  }
  if (hasBytes(content, 0, ZIP)) {
    const extension = ZIP_KINDS[plain];
    return extension === undefined
      ? { mime: 'application/zip', extension: 'zip' }
      : { mime: plain, extension };
  }
  if (!looksLikeText(content)) return UNKNOWN;
  const extension = TEXT_KINDS[plain];
  return extension === undefined ? { mime: 'text/plain', extension: 'txt' } : { mime: plain, extension };
}

/** Without parameters such as `; codecs=opus`. */
export function plainMime(mime: string | undefined): string {
  return (mime ?? '').split(';')[0]?.trim().toLowerCase() || UNKNOWN.mime;
}

function hasBytes(content: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return content.length >= at + bytes.length && bytes.every((byte, n) => content[at + n] === byte);
}

function looksLikeText(content: Uint8Array): boolean {
  const start = content.subarray(0, TEXT_LOOKED_AT_BYTES);
  if (start.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}
