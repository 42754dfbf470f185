import { readFile } from 'node:fs/promises';

/** Licences that need no second look. */
const plain = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
]);

/** Everything else was looked at by a person, and this is what was found. */
const reviewed: readonly (readonly [name: RegExp, finding: string])[] = [
  [
    /^libsignal$/,
    'GPL-3.0: loaded only inside the baileys engine process and the simulator; see README, Licences',
  ],
  [
    /^@img\/sharp-/,
    'LGPL-3.0: prebuilt libvips, a library of its own; a peer of Baileys that Tandem does not call',
  ],
  [
    /^node-webpmux$/,
    'LGPL-3.0: a library of its own, loaded by whatsapp-web.js for stickers inside the webjs engine process; see README, Licences',
  ],
  [/^argparse$/, 'Python-2.0: permissive; reads configuration files for puppeteer'],
  [
    /^async$/,
    'MIT by the LICENSE file of 0.2, which names none in its package.json; video stickers of whatsapp-web.js',
  ],
];

interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Holds every package that a user installs against the two lists. */
export async function licenceProblems(): Promise<readonly string[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const problems: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev === true || entry.link === true) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (reviewed.some(([known]) => known.test(name)) || isPlain(entry.license ?? '')) continue;
    problems.push(`${name}: ${entry.license ?? 'no licence named'}`);
  }
  return problems;
}

/** `(A OR B)` is plain when one side is; `A AND B` when both are. */
function isPlain(licence: string): boolean {
  const bare = licence.replace(/[()]/g, '').trim();
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isPlain);
  if (bare.includes(' AND ')) return bare.split(' AND ').every(isPlain);
  return plain.has(bare);
}
