/** What models take in one picture or recording without scaling it down first. */
export const BLOCK_MAX_BYTES = 1_000_000;

/** Pictures that every client can show. */
const PICTURES: readonly string[] = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];

/** How a file can stand in an answer beside the text; null = not at all. */
export function blockKindOf(mime: string): 'image' | 'audio' | null {
  if (PICTURES.includes(mime)) return 'image';
  return mime.startsWith('audio/') ? 'audio' : null;
}
