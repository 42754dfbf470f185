import type { EngineAccount } from '#engines/contract/state.ts';
import { TandemError } from '#kernel/errors.ts';
import type { AccountStore } from '../contracts/history.ts';
import type { Store } from './database.ts';
import { ME } from './identities.ts';
import type { IngestTools } from './ingest-tools.ts';
import type { Slice } from './slice.ts';
import type { Sql } from './sql.ts';

export function createAccount(
  store: Store,
  tools: IngestTools,
  flush: (slice: Slice) => Promise<void>,
): AccountStore {
  return {
    get: () => store.read(read),
    claim: (seen) =>
      store.write(async (sql, slice) => {
        const known = read(sql);
        if (known !== null && !isSame(known, seen)) throw new TandemError('ACCOUNT_MISMATCH');
        // The hidden id proves that it is the same account even after a change of number.
        const account: EngineAccount = {
          pn: seen.pn ?? known?.pn ?? null,
          lid: known?.lid ?? seen.lid,
          pushName: seen.pushName ?? known?.pushName ?? null,
        };
        if (JSON.stringify(account) === JSON.stringify(known)) return account;
        sql.run(
          `INSERT INTO account (id, pn, lid, push_name, claimed_at) VALUES (1, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET pn = excluded.pn, lid = excluded.lid, push_name = excluded.push_name`,
          account.pn,
          account.lid,
          account.pushName,
          tools.now(),
        );
        tools.links.claim(account.pn, account.lid);
        if (account.pushName !== null) tools.pushNames.note(ME, account.pushName, tools.now());
        await flush(slice);
        return account;
      }),
  };
}

function read(sql: Sql): EngineAccount | null {
  return sql.get<EngineAccount>(`SELECT pn, lid, push_name AS pushName FROM account`);
}

function isSame(known: EngineAccount, seen: EngineAccount): boolean {
  if (known.lid !== null && seen.lid !== null) return known.lid === seen.lid;
  return known.pn === null || seen.pn === null || known.pn === seen.pn;
}
