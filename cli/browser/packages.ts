import { existsSync } from 'node:fs';
import { type Ran, run } from './run.ts';

/** A package of some 350 MB unpacked. */
const LIMIT_MS = 420_000;

export interface Packages {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Debian and what follows it, as root: a container, usually. */
export function canInstallPackages(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** Chromium by the package manager of the system. */
export async function installPackage({ env, signal }: Packages): Promise<Ran> {
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args: readonly string[]) =>
    run({ command: 'apt-get', args, env: quiet, limitMs: LIMIT_MS, signal });
  const updated = await apt(['update', '-qq']);
  if (updated.reason !== null) return updated;
  return apt(['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
}
