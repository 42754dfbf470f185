import type { WireModule } from '../contract.ts';
import { createBlocklistNotifications, createBlocklistQueries } from './blocklist.ts';
import type { QueryDeps } from './deps.ts';
import { createGroupNotifications } from './group-notifications.ts';
import { createGroupQueries } from './groups.ts';
import { createPrivacyQueries } from './privacy.ts';
import { createProfileQueries, type ProfileDeps } from './profile.ts';
import { createUsync } from './usync.ts';

/** Everything a client may ask about people, groups and the account, and the notifications that go with it. */
export const createQueries = (deps: ProfileDeps): WireModule => {
  const shared: QueryDeps = deps;
  const stops = [createGroupNotifications(shared), createBlocklistNotifications(shared)];
  return {
    name: 'queries',
    iqs: [
      ...createUsync(shared),
      ...createGroupQueries(shared),
      ...createPrivacyQueries(shared),
      ...createBlocklistQueries(shared),
      ...createProfileQueries(deps),
    ],
    close: () => {
      for (const stop of stops) stop();
    },
  };
};
