import { type BrowserSource, findBrowser } from '#kernel/browser-path.ts';
import { formatBytes } from '../render/numbers.ts';
import type { Terminal } from '../render/terminal.ts';
import { downloadBrowser } from './download.ts';
import { canInstallPackages, installPackage } from './packages.ts';

export interface ProvideDeps {
  readonly out: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /** TANDEM_WEBJS_EXECUTABLE, when set. */
  readonly setting: string | null;
  readonly signal: AbortSignal;
}

export interface ProvidedBrowser {
  readonly executable: string;
  readonly source: BrowserSource;
  readonly fetched: boolean;
}

/**
 * The browser that is there, or one that is fetched: puppeteer's download, else the package of the system. Says what it
 * does before it does it, and in one line why it could not. Null = there is none to be had.
 * Throws BROWSER_MISSING when the setting names something that cannot be run.
 */
export async function provideBrowser(deps: ProvideDeps): Promise<ProvidedBrowser | null> {
  const there = look(deps);
  if (there !== null) return { ...there, fetched: false };
  const { out, env, signal } = deps;
  const { colours } = out;

  out.print(colours.dim('No Chrome or Chromium is installed here; the second engine needs one.'));
  out.live([colours.dim('Downloading chrome-headless-shell …')], 'Downloading chrome-headless-shell …');
  const downloaded = await downloadBrowser({
    env,
    signal,
    progress: (bytes) =>
      out.live([colours.dim(`Downloading chrome-headless-shell … ${formatBytes(bytes)}`)], null),
  });
  out.clear();
  const fetched = look(deps);
  if (downloaded.reason === null && fetched !== null) return { ...fetched, fetched: true };
  out.print(colours.dim(`The download failed: ${downloaded.reason ?? 'it is not where it should be'}.`));

  if (signal.aborted || !canInstallPackages()) return null;
  out.live(
    [colours.dim('Installing the package chromium by apt-get …')],
    'Installing the package chromium by apt-get …',
  );
  const installed = await installPackage({ env, signal });
  out.clear();
  if (installed.reason === null) {
    const found = look(deps);
    return found === null ? null : { ...found, fetched: true };
  }
  out.print(colours.dim(`The package could not be installed: ${installed.reason}.`));
  return null;
}

function look({ setting, env }: ProvideDeps) {
  return findBrowser({ setting, env }).found;
}
