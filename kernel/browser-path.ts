import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { TandemError } from './errors.ts';

export type BrowserSource = 'setting' | 'system' | 'puppeteer';

export interface FoundBrowser {
  readonly executable: string;
  readonly source: BrowserSource;
}

export interface BrowserSearch {
  readonly found: FoundBrowser | null;
  /** Files and folders that were looked at, in order; for the words that a person gets. */
  readonly looked: readonly string[];
}

export interface BrowserSearchOptions {
  /** TANDEM_WEBJS_EXECUTABLE. */
  readonly setting: string | null;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/** Chromium before Chrome: the system keeps it up to date without a second source of packages. */
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'chrome-headless-shell',
  'chromium-headless-shell',
  'headless_shell',
];

const UNIX_FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];
/** Debian keeps its headless shell out of the path. */
const UNIX_FILES = ['/usr/lib/chromium/headless_shell', '/usr/lib/chromium/chrome-headless-shell'];

const MAC_APPS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

const WINDOWS_APPS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/** What puppeteer downloads: folder of the product → version folder → file. A whole browser before the shell. */
const CACHE_PRODUCTS = ['chrome', 'chrome-headless-shell'] as const;

/**
 * The browser for the webjs engine: the setting, else the system's, else the newest that puppeteer has downloaded.
 * Looks at files only. Throws BROWSER_MISSING when the setting names something that cannot be run: another browser
 * in its place would be a surprise.
 */
export function findBrowser(options: BrowserSearchOptions): BrowserSearch {
  const { setting, env = process.env, platform = process.platform } = options;
  if (setting !== null) {
    if (!isExecutable(setting, platform)) {
      throw new TandemError('BROWSER_MISSING', {
        engine: 'webjs',
        message: 'TANDEM_WEBJS_EXECUTABLE names a file that cannot be run.',
        details: { executable: setting },
      });
    }
    return { found: { executable: setting, source: 'setting' }, looked: [setting] };
  }
  const looked: string[] = [];
  const candidates = [
    ...systemFiles(env, platform).map((executable) => ({ executable, source: 'system' }) as const),
    ...cachedFiles(env, platform, looked).map((executable) => ({ executable, source: 'puppeteer' }) as const),
  ];
  const found = candidates.find(({ executable }) => isExecutable(executable, platform)) ?? null;
  return { found, looked: [...candidates.map(({ executable }) => executable), ...looked] };
}

/** The same, for those who cannot go on without. Throws BROWSER_MISSING that names the places. */
export function requireBrowser(options: BrowserSearchOptions): FoundBrowser {
  const { found, looked } = findBrowser(options);
  if (found !== null) return found;
  throw new TandemError('BROWSER_MISSING', { engine: 'webjs', details: { looked } });
}

/** Where puppeteer keeps what it downloads. */
export function puppeteerCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.PUPPETEER_CACHE_DIR || join(env.HOME || env.USERPROFILE || homedir(), '.cache', 'puppeteer');
}

function systemFiles(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): readonly string[] {
  if (platform === 'darwin') {
    const roots = ['/Applications', ...(env.HOME ? [join(env.HOME, 'Applications')] : [])];
    return roots.flatMap((root) => MAC_APPS.map((app) => `${root}/${app}`));
  }
  if (platform === 'win32') {
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA];
    return roots.flatMap((root) => (root ? WINDOWS_APPS.map((app) => `${root}\\${app}`) : []));
  }
  const folders = new Set([
    ...UNIX_FOLDERS,
    ...(env.PATH ?? '').split(delimiter).filter((one) => one !== ''),
  ]);
  // Name by name, so that an earlier name in a later folder still wins.
  return [...NAMES.flatMap((name) => [...folders].map((folder) => join(folder, name))), ...UNIX_FILES];
}

function cachedFiles(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  looked: string[],
): readonly string[] {
  const root = puppeteerCacheDir(env);
  return CACHE_PRODUCTS.flatMap((product) => {
    const folder = join(root, product);
    looked.push(folder);
    return foldersOf(folder)
      .sort((a, b) => newerFirst(a, b))
      .flatMap((version) =>
        foldersOf(join(folder, version)).map((build) =>
          binaryOf(join(folder, version, build), product, platform),
        ),
      );
  });
}

function binaryOf(
  folder: string,
  product: (typeof CACHE_PRODUCTS)[number],
  platform: NodeJS.Platform,
): string {
  if (platform === 'win32') return join(folder, `${product}.exe`);
  if (platform === 'darwin' && product === 'chrome')
    return join(folder, 'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing');
  return join(folder, product);
}

/** Folders are named like `linux-146.0.7680.31`. */
function newerFirst(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => (name.split('-').at(-1) ?? '').split('.').map(Number));
  for (let i = 0; i < 4; i += 1) {
    const difference = (right?.[i] || 0) - (left?.[i] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isExecutable(path: string, platform: NodeJS.Platform): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, platform === 'win32' ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
