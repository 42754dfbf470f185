import type { EngineStatusView, StatusView } from '../view/status.ts';

/** How an engine's level reads on the page: one headline, one tone. */
export type Tone = 'good' | 'busy' | 'ask' | 'bad';

const headlines: Readonly<Record<EngineStatusView['level'], readonly [Tone, string]>> = {
  starting: ['busy', 'Starting'],
  unlinked: ['ask', 'Not linked yet'],
  linking: ['ask', 'Waiting for your phone'],
  connecting: ['busy', 'Connecting to WhatsApp'],
  syncing: ['busy', 'Taking in your history'],
  ready: ['good', 'Ready'],
  degraded: ['ask', 'Working, with limits'],
  recovering: ['busy', 'Reconnecting'],
  'logged-out': ['bad', 'Logged out'],
  conflict: ['bad', 'Used elsewhere'],
  failed: ['bad', 'Needs attention'],
  stopped: ['bad', 'Stopped'],
};

export function headlineOf(engine: EngineStatusView): { readonly tone: Tone; readonly text: string } {
  const [tone, text] = headlines[engine.level];
  return { tone, text };
}

/** What an engine is, beside its name. */
export const engineWords: Readonly<Record<EngineStatusView['engine'], string>> = {
  baileys: 'speaks to WhatsApp directly',
  webjs: 'uses WhatsApp Web in a browser',
};

/** The word for the whole service: that of its best engine. */
export function serviceHeadline(status: StatusView): { readonly tone: Tone; readonly text: string } {
  const rank: readonly Tone[] = ['good', 'busy', 'ask', 'bad'];
  const serving = status.engines.filter(({ connected }) => connected);
  if (serving.length === 1 && status.engines.length > 1 && serving[0]?.level === 'ready')
    return { tone: 'good', text: 'Ready on one engine' };
  const all = status.engines.map(headlineOf);
  for (const tone of rank) {
    const found = all.find((headline) => headline.tone === tone);
    if (found !== undefined) return found;
  }
  return { tone: 'bad', text: 'No engine is configured' };
}

const whole = new Intl.NumberFormat('en');

export function count(value: number): string {
  return whole.format(Math.round(value));
}

export function bytes(value: number): string {
  return value < 1_000_000 ? `${Math.ceil(value / 1_000)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

export function rate(perSecond: number): string {
  if (perSecond === 0) return '0 /s';
  return perSecond < 10 ? `${perSecond.toFixed(1)} /s` : `${count(perSecond)} /s`;
}
