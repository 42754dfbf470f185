import type { EngineAccount } from '#engines/contract/state.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { isLinked } from '../linking/choose-engine.ts';
import { type Check, failed, passed } from './check.ts';

/** All engines must be linked to the account whose history this is. */
export async function checkAccount({ fleet, history }: ServiceContext): Promise<Check> {
  const kept = await history.account.get();
  const strangers = fleet.engines().filter(({ status, error }) => {
    if (error?.code === 'ACCOUNT_MISMATCH' || status?.reason === 'account-mismatch') return true;
    return kept !== null && status?.account != null && !isSame(kept, status.account);
  });
  if (strangers.length > 0) {
    return failed(
      'account',
      'error',
      `${strangers.map(({ engine }) => engine).join(', ')}: linked to another account than this history.`,
      'Unlink it and link it with the right phone, or use another data directory.',
      'ACCOUNT_MISMATCH',
    );
  }
  return passed(
    'account',
    kept === null ? 'No account was ever linked.' : 'All engines use the same account.',
  );
}

function isSame(one: EngineAccount, other: EngineAccount): boolean {
  if (one.lid !== null && other.lid !== null) return one.lid === other.lid;
  return one.pn === null || other.pn === null || one.pn === other.pn;
}

const DAY_MS = 24 * 60 * 60 * MILLISECONDS_PER_SECOND;
/** WhatsApp drops devices that stay away for some 14 days. */
const AWAY_WARNING_MS = 7 * DAY_MS;

export function checkSessions({ fleet, clock }: ServiceContext): Check[] {
  return fleet.engines().map((view) => {
    const id = `session_${view.engine}`;
    if (!isLinked(view) || view.status === null) return passed(id, 'Not linked.');
    const { connectedSinceMs, lastDisconnect } = view.status;
    if (connectedSinceMs !== null)
      return passed(id, `Connected for ${inWords(clock.now() - connectedSinceMs)}.`);
    const away = lastDisconnect === null ? 0 : clock.now() - lastDisconnect.atMs;
    const finding = `Linked, not connected for ${inWords(away)}.`;
    if (away < AWAY_WARNING_MS) return passed(id, finding);
    const remedy = 'Bring it online soon: WhatsApp drops devices that stay away for some 14 days.';
    return failed(id, 'warning', finding, remedy);
  });
}

function inWords(ms: number): string {
  const hours = Math.floor(ms / (DAY_MS / 24));
  return hours < 48 ? `${Math.max(0, hours)} h` : `${Math.floor(hours / 24)} days`;
}

const STALE_AFTER_SECONDS = 600;

/** Does the store keep up with what engines write? */
export async function checkOffsets({ fleet, history, clock }: ServiceContext): Promise<Check[]> {
  const { lastIngestAt } = await history.overview();
  return await Promise.all(
    fleet.engines().map(async (view) => {
      const { engine, status } = view;
      const id = `offset_${engine}`;
      if (status === null) return passed(id, 'The engine has not told yet.');
      const offset = await history.ingest.offset(engine, status.outbox.id);
      // What the engine said of itself may be older than what the store has read since.
      const behind = Math.max(0, status.outbox.lastSeq - offset);
      // Before an account is linked nothing is taken in, and a store that never took anything in has not stopped.
      const idle = lastIngestAt === null || !isLinked(view) ? 0 : nowSeconds(clock) - lastIngestAt;
      if (behind > 0 && idle > STALE_AFTER_SECONDS) {
        const finding = `${behind} batches wait, and nothing was stored for ${Math.floor(idle / 60)} minutes.`;
        return failed(
          id,
          'warning',
          finding,
          'Look at the database check; restart the service if that is fine.',
        );
      }
      if (behind === 0) return passed(id, 'Everything the engine wrote is stored.');
      // Nothing is taken in before it is known whose account it is.
      const why = lastIngestAt === null && !isLinked(view) ? 'wait for the first link' : 'behind';
      return passed(id, `${behind} batches ${why}.`);
    }),
  );
}
