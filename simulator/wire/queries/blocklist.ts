import { causeOf, type IqHandler } from '../contract.ts';
import { node } from '../nodes.ts';
import { badRequest, originOf, personAt, type QueryDeps } from './deps.ts';

export const createBlocklistQueries = ({ account }: QueryDeps): readonly IqHandler[] => {
  const list = () => [
    node(
      'list',
      { dhash: String(account.blocked().length) },
      account.blocked().flatMap((key) => {
        const { lid, pn } = account.person(key);
        return node('item', { jid: lid ?? pn ?? undefined });
      }),
    ),
  ];
  return [
    { xmlns: 'blocklist', type: 'get', handle: list },
    {
      xmlns: 'blocklist',
      type: 'set',
      child: 'item',
      handle: ({ child: asked, device }) => {
        const person = personAt(account, asked?.attrs.jid);
        const action = asked?.attrs.action;
        if (person === null || (action !== 'block' && action !== 'unblock')) throw badRequest();
        account.setBlocked({ person: person.key, blocked: action === 'block', origin: originOf(device) });
        return list();
      },
    },
  ];
};

/** Other devices hear of it. Returns the way out. */
export const createBlocklistNotifications = ({ account, hub }: QueryDeps): (() => void) =>
  account.subscribe((event) => {
    if (event.type !== 'blocklist') return;
    const { lid, pn } = account.person(event.person);
    const item = node('item', { jid: lid ?? pn ?? undefined, action: event.blocked ? 'block' : 'unblock' });
    const cause = causeOf(hub, event.origin);
    hub.broadcast(
      node('notification', { from: account.person('me').pn ?? undefined, type: 'account_sync' }, [
        node('blocklist', {}, [item]),
      ]),
      cause === undefined ? {} : { except: cause },
    );
  });
