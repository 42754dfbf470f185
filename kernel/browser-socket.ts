import { readlinkSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A Chromium that was killed leaves the folder of its socket among the temporary files, and only its profile knows the name.
 * To be called when the browser of this profile is gone, before the profile itself goes.
 */
export function removeBrowserSocket(profile: string): void {
  try {
    const folder = dirname(readlinkSync(join(profile, 'SingletonSocket')));
    if (/^(org\.chromium\.Chromium|com\.google\.Chrome)\.\w+$/.test(basename(folder)))
      rmSync(folder, { recursive: true, force: true });
  } catch {
    // It ended in good order, or there was none.
  }
}
