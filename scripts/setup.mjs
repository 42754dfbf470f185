// Gets what the tests need on this machine; runs before `npm test`, and does nothing when all is there.
// On Debian as root it installs by apt; elsewhere it says what to install. Plain JavaScript, so that it can
// speak up on any Node.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { requireSupportedNode } from '../kernel/runtime.mjs';

requireSupportedNode();

/** What a test calls, the Debian package that has it, and what for. */
const needs = [{ anyOf: ['git'], debian: 'git', why: 'npm run check asks git which files there are' }];

const missing = needs.filter((need) => !need.anyOf.some(isOnPath));
if (missing.length > 0) provide(missing);
checkNativeModule();

/** @param {string} name */
function isOnPath(name) {
  return (process.env.PATH ?? '')
    .split(':')
    .some((folder) => folder !== '' && existsSync(`${folder}/${name}`));
}

/** @param {typeof needs} wanted */
function provide(wanted) {
  const packages = wanted.map((need) => need.debian);
  const canInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  if (!canInstall) {
    for (const need of wanted) {
      process.stderr.write(`Please install ${need.anyOf.join(' or ')}: ${need.why}.\n`);
    }
    process.stderr.write(`On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}\n`);
    process.exit(1);
  }
  process.stdout.write(`Installing ${packages.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
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
