// Gets what the tests need on this machine; runs before `npm test`, and does nothing when all is there.
// On Debian as root it installs by apt, a browser elsewhere by puppeteer's download; else it says what to install.
// Plain JavaScript, so that it can speak up on any Node.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { requireSupportedNode } from '../kernel/runtime.mjs';

requireSupportedNode();

/** What a test calls, the Debian package that has it, and what for. */
const needs = [
  { anyOf: ['git'], debian: 'git', why: 'npm run check asks git which files there are' },
  { anyOf: ['redis-server'], debian: 'redis-server', why: 'the job queue is tested on a private Redis' },
];

const missing = needs.filter((need) => !need.anyOf.some(isOnPath));
if (missing.length > 0) provide(missing);
checkNativeModule();
await provideBrowser();

/** @param {string} name */
function isOnPath(name) {
  return (process.env.PATH ?? '')
    .split(':')
    .some((folder) => folder !== '' && existsSync(`${folder}/${name}`));
}

function canInstall() {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** @param {typeof needs} wanted */
function provide(wanted) {
  const packages = wanted.map((need) => need.debian);
  if (!canInstall()) {
    for (const need of wanted) {
      process.stderr.write(`Please install ${need.anyOf.join(' or ')}: ${need.why}.\n`);
    }
    process.stderr.write(`On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}\n`);
    process.exit(1);
  }
  install(packages);
}

/** @param {string[]} packages */
function install(packages) {
  process.stdout.write(`Installing ${packages.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
}

// The second engine is tested in a real Chromium. The search is the product's own, which this Node can read:
// requireSupportedNode has seen to that.
async function provideBrowser() {
  const { findBrowser } = await import('../kernel/browser-path.ts');
  const setting = process.env.TANDEM_WEBJS_EXECUTABLE || process.env.PUPPETEER_EXECUTABLE_PATH || null;
  const isThere = () => {
    try {
      return findBrowser({ setting }).found !== null;
    } catch (error) {
      process.stderr.write(`${error.message} It is ${setting}.\n`);
      process.exit(1);
    }
  };
  if (isThere()) return;
  if (canInstall()) {
    try {
      install(['chromium']);
    } catch {
      process.stderr.write('The package chromium could not be installed.\n');
    }
    if (isThere()) return;
  }
  const { downloadBrowser } = await import('../cli/browser/download.ts');
  process.stdout.write('Downloading chrome-headless-shell …\n');
  const { reason } = await downloadBrowser({
    env: process.env,
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  if (isThere()) return;
  process.stderr.write(
    `The download failed: ${reason}.\n` +
      'Please install Chromium or Chrome, or set TANDEM_WEBJS_EXECUTABLE to one: tests of the second engine drive it.\n',
  );
  process.exit(1);
}

// The database driver is a native module: better to hear of it here than from five hundred tests.
function checkNativeModule() {
  const probe = spawnSync(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  });
  if (probe.status === 0) return;
  process.stderr.write(
    `The database driver better-sqlite3 does not load on this machine:\n${probe.stderr}\n`,
  );
  process.stderr.write(
    'Run `npm ci` again; on an uncommon platform install a C++ compiler and python3 first.\n',
  );
  process.exit(1);
}
