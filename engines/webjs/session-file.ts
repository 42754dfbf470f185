import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { accountSchema } from '#engines/contract/state.ts';
import { PRIVATE_FILE } from '#kernel/data-dir.ts';

const schema = z.strictObject({
  account: accountSchema.nullable(),
  /** Seconds. */
  linkedAt: z.int().nonnegative(),
});
export type LinkedSession = z.infer<typeof schema>;

/**
 * Says whether a phone has confirmed the profile that lies beside it. The profile itself does not say: it looks the
 * same before and after, and only a browser can read it.
 */
export interface SessionFile {
  /** Null when no device is linked. */
  read(): LinkedSession | null;
  write(session: LinkedSession): void;
  remove(): void;
}

export function createSessionFile(engineDir: string): SessionFile {
  const path = join(engineDir, 'session.json');
  return {
    read: () => {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
      const parsed = schema.safeParse(parse(text));
      // What cannot be read any more still says that there was a link; the page knows the rest.
      return parsed.success ? parsed.data : { account: null, linkedAt: 0 };
    },
    write: (session) => {
      // A crash in the middle leaves the old file or the new one, never half of one.
      writeFileSync(`${path}.new`, JSON.stringify(session), { mode: PRIVATE_FILE });
      renameSync(`${path}.new`, path);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
