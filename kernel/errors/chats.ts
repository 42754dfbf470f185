import { entry } from './entry.ts';

/** Chats, people and groups that are not there or not what was meant. */
export const chats = {
  RECIPIENT_NOT_FOUND: entry(
    404,
    false,
    'No chat or contact fits this recipient.',
    'Search with search_contacts, or give the number in international form.',
  ),
  RECIPIENT_AMBIGUOUS: entry(
    409,
    false,
    'More than one chat or contact fits.',
    'Choose one of the candidates in the details and use its id.',
  ),
  CHAT_NOT_FOUND: entry(
    404,
    false,
    'There is no such chat in the history.',
    'See list_chats, or give a part of the name, the number or the id.',
  ),
  CONTACT_NOT_FOUND: entry(
    404,
    false,
    'There is no such contact.',
    'Try search_contacts with a part of the name or the number.',
  ),
  GROUP_NOT_FOUND: entry(404, false, 'There is no such group.', 'Try list_groups.'),
  COMMUNITY_NOT_FOUND: entry(404, false, 'There is no such community.', 'Try list_communities.'),
  NOT_A_COMMUNITY: entry(
    400,
    false,
    'This chat is not a community.',
    'Try list_communities for the communities of this account.',
  ),
  NOT_GROUP_ADMIN: entry(
    403,
    false,
    'Only admins of this group may do that.',
    'Ask an admin of the group; get_group_info shows who they are.',
  ),
  NOT_GROUP_MEMBER: entry(403, false, 'This account is not in the group.', 'Ask a member to add it.'),
} as const;
