import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Check, passed } from './check.ts';

const NAMES = process.platform === 'win32' ? ['ffmpeg.exe'] : ['ffmpeg'];

/** Nothing here needs it; assistants that turn voice messages into text often do. */
export async function checkFfmpeg(): Promise<Check> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    for (const name of NAMES) {
      if (await isExecutable(join(folder, name)))
        return passed('ffmpeg', 'Installed. Tandem itself does without it.');
    }
  }
  return passed('ffmpeg', 'Not installed, and not needed: files are passed on as they are.');
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
