import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineName } from '#engines/contract/capability.ts';
import { type DataDir, PRIVATE_FILE } from '#kernel/data-dir.ts';

/** The waiting QR as a file, for programs on this machine that can show a file but no picture in an answer. */
export interface QrFiles {
  /** Path of the file; null when it cannot be written, which is no reason to fail. */
  save(engine: EngineName, pngBase64: string): Promise<string | null>;
  remove(engine: EngineName): Promise<void>;
}

export function createQrFiles(dataDir: DataDir): QrFiles {
  const fileOf = (engine: EngineName) => join(dataDir.root, `link-${engine}.png`);
  return {
    save: async (engine, pngBase64) => {
      const file = fileOf(engine);
      try {
        await writeFile(file, Buffer.from(pngBase64, 'base64'), { mode: PRIVATE_FILE });
        return file;
      } catch {
        return null;
      }
    },
    remove: (engine) => rm(fileOf(engine), { force: true }),
  };
}
