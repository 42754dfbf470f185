import { basename } from 'node:path';
import { settings } from '#kernel/settings.ts';
import { provideBrowser } from '../browser/provide.ts';
import type { Terminal } from '../render/terminal.ts';

export interface EngineChoiceDeps {
  readonly out: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * The settings by which the demo runs both engines; one of them where no browser is to be had. Whoever sets TANDEM_ENGINES
 * has chosen. Throws BROWSER_MISSING when the setting names a browser that cannot be run.
 */
export async function chooseEngines(deps: EngineChoiceDeps): Promise<Readonly<Record<string, string>>> {
  const { env, out } = deps;
  const wanted = env[settings.engines.env];
  if (wanted !== undefined && wanted !== '' && !wanted.includes('webjs')) return {};
  const { webjsExecutable } = settings;
  const setting = [webjsExecutable.env, ...webjsExecutable.aliases].map((name) => env[name]).find(Boolean);
  const browser = await provideBrowser({ ...deps, setting: setting ?? null });
  if (browser === null) {
    out.print(
      `${out.colours.yellow('!')} Going on with one engine. With Chromium installed there are two: ${settings.webjsExecutable.env} names one.`,
    );
    return { [settings.engines.env]: 'baileys' };
  }
  return {
    [settings.engines.env]: wanted || 'baileys,webjs',
    [settings.webjsExecutable.env]: browser.executable,
    // The small one knows no other mode.
    ...(/headless.shell/.test(basename(browser.executable)) ? { [settings.webjsHeadless.env]: 'shell' } : {}),
  };
}
