import { settings } from '#kernel/settings.ts';
import { GENERATED, markdownTable } from './markdown.ts';

export function settingsPage(): string {
  const rows = Object.values(settings).map((setting) => [
    `\`${setting.env}\``,
    fallbackText(setting.env, setting.fallback),
    setting.meaning,
    setting.aliases.map((alias) => `\`${alias}\``).join(', '),
  ]);
  return `# Settings
${GENERATED}

Settings are environment variables. A wrong value stops the start and names the variable. An empty variable counts as not set.
Names of other WhatsApp servers are accepted where they mean the same; the start-up log says which were used.

${markdownTable(['Variable', 'Default', 'Meaning', 'Also accepted'], rows)}
`;
}

function fallbackText(env: string, fallback: string | null): string {
  // The real default depends on the machine that generates this page.
  if (env === 'TANDEM_DATA_DIR') {
    return '`~/.local/share/tandem`, on macOS `~/Library/Application Support/tandem`, on Windows `%LOCALAPPDATA%\\tandem`';
  }
  if (fallback === null) return 'not set';
  return fallback === '' ? 'empty' : `\`${fallback}\``;
}
