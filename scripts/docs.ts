import { readFile, writeFile } from 'node:fs/promises';
import { capabilitiesPage } from './docs/capabilities-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { settingsPage } from './docs/settings-page.ts';
import { toolsPage } from './docs/tools-page.ts';

/** Writes the reference pages from the code; `--check` only says which of them is not what the code says. */
const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/capabilities.md': capabilitiesPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/settings.md': settingsPage,
  'docs/reference/tools.md': toolsPage,
};

const checkOnly = process.argv.includes('--check');
for (const [file, render] of Object.entries(pages)) {
  const wanted = `${render().trimEnd()}\n`;
  const found = await readFile(file, 'utf8').catch(() => '');
  if (found === wanted) continue;
  if (checkOnly) {
    console.log(`${file} is not what the code says: run \`npm run docs\``);
    process.exitCode = 1;
  } else {
    await writeFile(file, wanted);
    console.log(`wrote ${file}`);
  }
}
