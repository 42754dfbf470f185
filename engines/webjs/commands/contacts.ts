import { z } from 'zod';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { jidKind, jidOfPhone } from '#engines/contract/identity.ts';
import { observeLink } from '#engines/contract/kit/identity-link.ts';
import { clipName } from '#engines/contract/kit/scalars.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { toPerson } from '../normalise/wid.ts';
import { callTool, notUnderstood } from '../page-helpers.ts';
import { act, pageId } from './acts.ts';
import type { CommandDeps } from './deps.ts';

type Names = 'contact.lookup' | 'contact.picture' | 'contact.block' | 'contact.blocklist' | 'devices.list';

const wid = z.string().optional();
const lookupSchema = z.object({
  results: z.array(z.object({ id: z.string(), wid, lid: wid, alt: wid })),
});
const blocklistSchema = z.object({ ids: z.array(z.string()).max(10_000) });
const devicesSchema = z.object({ count: z.int().nonnegative() });

export function contactCommands(deps: CommandDeps): Required<Pick<CommandHandlers, Names>> {
  const { page, teller, clock } = deps;

  async function asked<S extends z.ZodType>(tool: string, question: unknown, schema: S, signal: AbortSignal) {
    const answer = schema.safeParse(await callTool(page, tool, question, { signal }));
    if (!answer.success) throw notUnderstood(tool);
    return answer.data;
  }

  return {
    'contact.lookup': async ({ phones }, signal) => {
      const ids = phones.map((phone) => pageId(jidOfPhone(phone)));
      const { results } = await asked('lookup', { ids }, lookupSchema, signal);
      const at = nowSeconds(clock);
      const found = phones.map((phone, place) => {
        const result = results[place];
        const people = [result?.wid, result?.lid, result?.alt].map(toPerson);
        const exists = people[0] !== null && result?.wid !== undefined;
        const lid = exists ? (people.find((one) => one !== null && jidKind(one) === 'lid') ?? null) : null;
        return { phone, exists, pn: exists ? jidOfPhone(phone) : null, lid };
      });
      teller.tell(
        found.map(({ pn, lid }) => observeLink(pn, lid, 'usync', at)).filter((one) => one !== null),
      );
      return { results: found };
    },
    'contact.picture': async ({ jid, size }, signal) => {
      const errors = { private: 'PRIVACY_RESTRICTED' } as const;
      const { full, preview, id } = await act(page, 'picture', { id: pageId(jid) }, { signal, errors });
      const url = size === 'preview' ? (clipName(preview, 2_000) ?? full) : full;
      const isUrl = typeof url === 'string' && URL.canParse(url);
      return { url: isUrl ? url : null, id: isUrl ? clipName(id, 200) : null };
    },
    'contact.block': async ({ pn, lid, blocked }, signal) => {
      const jid = pn ?? lid;
      if (jid === null) throw new TandemError('MISSING_IDENTIFIER', { engine: 'webjs' });
      await act(page, 'block', { id: pageId(jid), blocked }, { signal });
      return { blocked };
    },
    'contact.blocklist': async (_input, signal) => {
      const { ids } = await asked('blocklist', undefined, blocklistSchema, signal);
      return { blocked: [...new Set(ids.map(toPerson).filter((jid) => jid !== null))] };
    },
    'devices.list': async (_input, signal) => {
      const { count } = await asked('devices', undefined, devicesSchema, signal);
      return { listed: false, count, devices: [] };
    },
  };
}
