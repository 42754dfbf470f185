import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { processesNaming } from '#kernel/processes.ts';
import { openScratchFolder, type ScratchFolder } from '#kernel/scratch-folder.ts';

/** A data directory for one demo; takes away those of demos that were killed. */
export function openDemoFolder(): Promise<ScratchFolder> {
  return openScratchFolder('tandem-demo-', { isUsed, onRemove: removeSockets });
}

/** Engines outlive a killed demo by the seconds that they need to close. */
function isUsed(dir: string): boolean {
  if (processesNaming(dir).length > 0) return true;
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

function removeSockets(dir: string): void {
  for (const engineDir of enginesOf(dir)) removeBrowserSocket(join(engineDir, 'session'));
}
