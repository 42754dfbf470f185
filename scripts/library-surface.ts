import { writeFileSync } from 'node:fs';
import { readLibrarySurface } from '#engines/webjs/library-surface.ts';

/** Records what the installed whatsapp-web.js offers of what we use; run it after an upgrade, and read the difference. */
const file = new URL('../engines/webjs/library-surface.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(readLibrarySurface(), null, 2)}\n`);
