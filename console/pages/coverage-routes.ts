import { Hono } from 'hono';
import type { ConsoleAuth } from '../auth.ts';
import { askForToken } from '../login.ts';
import type { CoverageSource } from '../view/build-coverage.ts';
import type { ChatCoverageView } from '../view/coverage.ts';
import { coveragePage } from './coverage-page.ts';
import { coverageTable } from './coverage-table.ts';

const TABLE_ROWS = 50;
/** Between two pages the service answers others. */
const PAGE_CHATS = 250;

/** The picture and its table. */
export function createCoveragePages(coverage: CoverageSource, auth: ConsoleAuth): Hono {
  const pages = new Hono();
  pages.use('*', async (context, next) => {
    if (!auth.allows(context)) return askForToken(context);
    await next();
    return undefined;
  });
  pages.get('/', async (context) => context.html(coveragePage(await coverage.totals())));
  pages.get('/table', async (context) => {
    return context.html(coverageTable(await coverage.totals(), await leastCovered(coverage)));
  });
  return pages;
}

async function leastCovered(coverage: CoverageSource): Promise<readonly ChatCoverageView[]> {
  let worst: readonly ChatCoverageView[] = [];
  for (let after: string | undefined; ; ) {
    const { chats, next } = await coverage.page({ limit: PAGE_CHATS, after });
    worst = [...worst, ...chats]
      .toSorted((a, b) => a.held_percent - b.held_percent || (b.last_at ?? 0) - (a.last_at ?? 0))
      .slice(0, TABLE_ROWS);
    if (next === null) return worst;
    after = next;
  }
}
