import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { openScratchFolder, type ScratchFolder } from '#kernel/scratch-folder.ts';
import { processesOn } from './chaos/processes.ts';

/** A data directory for one demo; takes away those of demos that were killed. */
export function openDemoFolder(): Promise<ScratchFolder> {
  return openScratchFolder('tandem-demo-', { isUsed, onRemove: removeSocketFolder });
}

/** Engines outlive a killed demo by the seconds that they need to close. */
function isUsed(dir: string): boolean {
  if (processesOn(dir).length > 0) return true;
  return enginesOf(dir).some((engineDir) => {
    try {
      acquireOwnership(engineDir).release();
      return false;
    } catch {
      return true;
    }
  });
}

function enginesOf(dir: string): readonly string[] {
  const engines = join(dir, 'engines');
  return existsSync(engines) ? readdirSync(engines).map((name) => join(engines, name)) : [];
}

/** A browser that was killed leaves the folder of its socket elsewhere; only the profile knows the name. */
function removeSocketFolder(dir: string): void {
  for (const engineDir of enginesOf(dir)) {
    try {
      const folder = dirname(readlinkSync(join(engineDir, 'session', 'SingletonSocket')));
      if (/^(org\.chromium\.Chromium|com\.google\.Chrome)\.\w+$/.test(basename(folder)))
        rmSync(folder, { recursive: true, force: true });
    } catch {
      // This engine has no browser, or the browser ended in good order.
    }
  }
}
