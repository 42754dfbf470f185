import type { Page } from 'puppeteer';
import type { EngineAccount } from '#engines/contract/state.ts';

const NAME_MAX_CHARS = 200;

/** Who the page is linked as; nulls for what it does not say. */
export async function readAccount(page: Page): Promise<EngineAccount> {
  const said = await page.evaluate(() => {
    interface Wid {
      readonly user?: unknown;
    }
    const { require: load } = globalThis as unknown as { require: (name: string) => Record<string, unknown> };
    const user = (name: string): string | null => {
      try {
        const found = load('WAWebUserPrefsMeUser')[name] as (() => Wid | null | undefined) | undefined;
        const id = found?.()?.user;
        return typeof id === 'string' ? id : null;
      } catch {
        return null;
      }
    };
    let pushName: unknown = null;
    try {
      pushName = (load('WAWebConnModel').Conn as { pushname?: unknown }).pushname;
    } catch {
      // The account is known without it.
    }
    return {
      pn: user('getMaybeMePnUser'),
      lid: user('getMaybeMeLidUser'),
      pushName: typeof pushName === 'string' ? pushName : null,
    };
  });
  return {
    pn: jidOf(said.pn, 's.whatsapp.net'),
    lid: jidOf(said.lid, 'lid'),
    pushName: said.pushName ? said.pushName.slice(0, NAME_MAX_CHARS) : null,
  };
}

function jidOf(user: string | null, server: string): string | null {
  const digits = /^(\d{1,20})(?::\d+)?$/.exec(user ?? '')?.[1];
  return digits === undefined ? null : `${digits}@${server}`;
}
