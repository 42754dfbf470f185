import type { IqHandler } from '../contract.ts';
import { children, node } from '../nodes.ts';
import type { QueryDeps } from './deps.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  readreceipts: 'all',
  last: 'contacts',
  online: 'all',
  profile: 'all',
  status: 'contacts',
  groupadd: 'all',
  calladd: 'all',
  messages: 'all',
};

/** Who may see what; clients look up `readreceipts` before they send a read receipt. */
export const createPrivacyQueries = (_deps: QueryDeps): readonly IqHandler[] => {
  const settings = new Map(Object.entries(DEFAULTS));
  const answer = () => [
    node(
      'privacy',
      {},
      [...settings].map(([name, value]) => node('category', { name, value })),
    ),
  ];
  return [
    {
      xmlns: 'privacy',
      child: 'privacy',
      handle: ({ type, child: asked }) => {
        if (type === 'set')
          for (const { attrs } of children(asked))
            if (attrs.name !== undefined && attrs.value !== undefined) settings.set(attrs.name, attrs.value);
        return answer();
      },
    },
    // Trusted-contact tokens matter to the real server's spam rules only.
    { xmlns: 'privacy', type: 'set', child: 'tokens', handle: () => [] },
    { xmlns: 'disappearing_mode', type: 'set', handle: () => [] },
  ];
};
