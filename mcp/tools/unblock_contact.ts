import { blockErrors, blockTool } from './shared/block.ts';
import { defineTool } from './shared/define.ts';

export const unblockContact = defineTool({
  ...blockTool,
  name: 'unblock_contact',
  title: 'Unblock a person',
  description: 'Lets a blocked person write and call again. By id or number only, never by name.',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  info: {
    whenToUse: 'When the user wants to hear from somebody again.',
    examples: [{ title: 'By number', arguments: { phone: '+4915112345678' } }],
    errors: [...blockErrors],
    related: ['block_contact', 'get_blocked_contacts'],
    pitfalls: [],
  },
  run: (args, { services, signal }) => services.contacts.block(args, false, signal),
});
