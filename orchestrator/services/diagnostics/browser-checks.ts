import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from '#kernel/browser-path.ts';
import { isRunning } from '#kernel/processes.ts';
import type { ServiceContext } from '../context.ts';
import { type TrialFailure, tryBrowser } from './browser-trial.ts';
import { type Check, failed, passed } from './check.ts';

const NOT_NEEDED = 'Not needed: the webjs engine is not configured.';

const REMEDIES: Readonly<Record<TrialFailure, string>> = {
  sandbox:
    'Run Tandem as an ordinary user: Chromium refuses its sandbox to root. In a container that is not possible, TANDEM_WEBJS_SANDBOX=off.',
  library: 'Install Chromium by the package manager of the system, which brings the libraries along.',
  timeout: 'Try again when the machine is less busy; if it lasts, install another Chromium.',
  other: 'Install Chromium by the package manager, or set TANDEM_WEBJS_EXECUTABLE to another one.',
};

/** Is there a browser for the webjs engine, and does it start? */
export async function checkBrowser({ config, fleet }: ServiceContext): Promise<Check> {
  if (!config.engines.includes('webjs')) return passed('browser', NOT_NEEDED);
  const browser = fleet.engines().find(({ engine }) => engine === 'webjs')?.status?.browser ?? null;
  if (browser !== null && browser.pid !== null)
    return passed('browser', `${browser.version ?? 'The browser'} runs (pid ${browser.pid}).`);
  // Whatever is installed here says nothing about the browser over there.
  if (config.webjsUrl !== null) return passed('browser', 'Not needed here: the webjs engine runs elsewhere.');
  const { found } = findBrowser({ setting: config.webjsExecutable });
  if (found === null) {
    return failed(
      'browser',
      // The other engine goes on without.
      config.engines.length > 1 ? 'warning' : 'error',
      'No browser was found for the webjs engine.',
      '`tandem doctor --get-browser` downloads one; or install Chromium, or set TANDEM_WEBJS_EXECUTABLE.',
      'BROWSER_MISSING',
    );
  }
  const trial = await tryBrowser(found.executable, config);
  const where = { setting: 'TANDEM_WEBJS_EXECUTABLE', system: 'the system', puppeteer: 'a download' };
  if (trial.starts) return passed('browser', `The browser of ${where[found.source]} starts.`);
  const finding = `The browser of ${where[found.source]} does not start.`;
  return failed('browser', 'error', finding, REMEDIES[trial.why]);
}

/** The profile of the webjs engine belongs to one browser at a time. */
export function checkProfile({ config, dataDir, fleet }: ServiceContext): Check {
  if (!config.engines.includes('webjs')) return passed('profile', NOT_NEEDED);
  const owner = lockOwner(join(dataDir.engineDir('webjs'), 'session'));
  if (owner === null) return passed('profile', 'No browser uses the profile.');
  const ours = fleet.engines().find(({ engine }) => engine === 'webjs')?.status?.browser?.pid ?? null;
  if (owner.host === hostname() && owner.pid === ours)
    return passed('profile', 'Used by the browser of this service.');
  if (owner.host === hostname() && !isRunning(owner.pid))
    return passed('profile', 'The lock of an ended browser is left; the next start takes it away.');
  return failed(
    'profile',
    'warning',
    owner.host === hostname()
      ? `Another browser (pid ${owner.pid}) uses the profile.`
      : 'The lock of the profile was made on another machine or in another container.',
    'Make sure that nothing else uses this data directory, then restart the webjs engine.',
  );
}

/** Chromium's lock is a link that points to `host-pid`. */
function lockOwner(profile: string): { readonly host: string; readonly pid: number } | null {
  try {
    const target = readlinkSync(join(profile, 'SingletonLock'));
    const at = target.lastIndexOf('-');
    return { host: target.slice(0, at), pid: Number(target.slice(at + 1)) };
  } catch {
    return null;
  }
}
