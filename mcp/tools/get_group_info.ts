import { z } from 'zod';
import { participantShape } from '#orchestrator/services/shapes/group.ts';
import { groupArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { CONTENT_READ } from './shared/hints.ts';

export const getGroupInfo = defineTool({
  name: 'get_group_info',
  title: 'Group information',
  description:
    'Shows one group: subject, description, owner, settings, community and participants with roles. Asks WhatsApp, and falls back to what is stored; source says which.',
  toolset: 'groups',
  scope: 'wa:read',
  hints: CONTENT_READ,
  untrusted: true,
  input: z.strictObject({
    group: groupArgument,
    source: z
      .enum(['auto', 'live', 'cached'])
      .default('auto')
      .describe('live: fail rather than fall back; cached: do not ask WhatsApp.'),
    participant_limit: z
      .int()
      .min(0)
      .max(1_024)
      .default(100)
      .describe('How many participants to list, owner and admins first.'),
  }),
  output: z.object({
    group: brief(
      z.object({
        jid: z.string(),
        name: z.string().optional(),
        description: z.string().optional(),
        owner_jid: z.string().optional(),
        created_at: z.string().optional(),
        size: z.number().optional(),
        announce: z.boolean(),
        locked: z.boolean(),
        join_approval: z.boolean(),
        ephemeral_s: z.number().optional(),
        is_community: z.boolean(),
        is_announcement: z.boolean(),
        community_jid: z.string().optional(),
        participants: z.array(brief(participantShape)),
        participants_total: z.number(),
        source: z.enum(['live', 'cached']),
        cached_at: z.string().optional(),
        live_error: z.string().optional(),
      }),
    ),
  }),
  argumentAliases: { group_jid: 'group', groupJid: 'group', jid: 'group', chat_jid: 'group', chat: 'group' },
  info: {
    whenToUse: 'To see who is in a group and what members may do.',
    examples: [{ title: 'By name', arguments: { group: 'Book club' } }],
    errors: ['GROUP_NOT_FOUND', 'NOT_GROUP_MEMBER', 'RECIPIENT_AMBIGUOUS', 'INVALID_JID'],
    related: ['list_groups', 'get_community_groups', 'list_messages'],
    pitfalls: ['source cached may be old: see cached_at and live_error.'],
  },
  run: (args, { services, signal }) => services.groups.info(args, signal),
});
