import { TandemError } from '#kernel/errors.ts';

/** The longest tool arguments are a few texts of 4,096 characters; batches and scripts get room to spare. */
export const MCP_BODY_MAX_BYTES = 4 * 1024 * 1024;

/** The body as text, never more than the limit in memory. Throws TEXT_TOO_LONG. */
export async function readBody(request: Request): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > MCP_BODY_MAX_BYTES) throw tooLarge();
  // The HTTP parser holds a declared length to its word.
  if (declared >= 0) return request.text();
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > MCP_BODY_MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): TandemError {
  return new TandemError('TEXT_TOO_LONG', {
    message: 'The request body is too large.',
    details: { max_bytes: MCP_BODY_MAX_BYTES },
  });
}

/** True for `application/json`, with or without parameters. */
export function isJson(contentType: string | null): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? '');
}
