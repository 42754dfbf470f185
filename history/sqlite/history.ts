import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { History } from '../contracts/history.ts';
import { createAccount } from './account.ts';
import { createAudit } from './audit.ts';
import { createBackfills } from './backfills.ts';
import { createChats } from './chats.ts';
import { createCoverage } from './coverage.ts';
import { openDatabase } from './database.ts';
import { createGroups } from './groups.ts';
import { createIdentity } from './identity.ts';
import { createIngest } from './ingest.ts';
import { createIngestKit } from './ingest-kit.ts';
import { checkIntegrity } from './integrity.ts';
import { createJobStore } from './jobs.ts';
import { createMaintenance } from './maintenance.ts';
import { createMessages } from './messages.ts';
import { overview, statistics } from './overview.ts';
import { createPeople } from './people.ts';
import { createRates } from './rates.ts';
import { createReads } from './reads.ts';
import { createSearch } from './search.ts';
import { createSearchHealth } from './search-health.ts';
import { createSends } from './sends.ts';

export interface HistoryOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Zone of dates in search queries; null = that of this machine. */
  readonly timeZone?: string | null;
  /** How long to wait for another process that holds the file. */
  readonly busyTimeoutMs?: number;
}

/** Opens, checks and migrates. Throws DB_CORRUPT, DB_READ_ONLY, DB_DISK_FULL, DB_LOCKED or DB_MIGRATION_FAILED. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { clock, logger } = options;
  const store = await openDatabase(options);
  const health = await createSearchHealth(store, logger);
  const kit = await createIngestKit(store, clock, health.onBroken);
  return {
    ingest: createIngest({ store, ...kit }),
    account: createAccount(store, kit.tools, kit.flush),
    people: createPeople(store),
    identity: createIdentity(store, kit.tools, kit.flush),
    chats: createChats(store),
    messages: createMessages(store),
    reads: createReads(store, clock),
    search: createSearch({ store, timeZone: options.timeZone ?? null, ...health }),
    groups: createGroups(store),
    sends: createSends(store, clock),
    rates: createRates(store),
    audit: createAudit(store),
    jobs: createJobStore(store, clock),
    coverage: createCoverage(store, kit.tools, clock),
    backfills: createBackfills(store, clock),
    overview: () => store.read((sql) => overview(sql, store, health.usable())),
    statistics: (chatId) => store.read((sql) => statistics(sql, chatId ?? null)),
    integrity: () => checkIntegrity(store),
    maintenance: createMaintenance({ store, ...kit }, health),
    close: () => store.close(),
  };
}
