import { chatStateErrors, chatStateInput, chatStateOutput, chatStateTool } from './shared/chat-state.ts';
import { defineTool } from './shared/define.ts';

export const unarchiveChat = defineTool({
  ...chatStateTool,
  name: 'unarchive_chat',
  title: 'Bring a chat back',
  description: 'Takes a chat out of the archive, on all own devices.',
  input: chatStateInput,
  output: chatStateOutput,
  info: {
    whenToUse: 'When the user wants an archived chat in the list again.',
    examples: [{ title: 'By name', arguments: { chat: 'Book club' } }],
    errors: [...chatStateErrors],
    related: ['archive_chat', 'list_chats'],
    pitfalls: [],
  },
  run: (args, { services, signal }) => services.chatStates.archive(args, false, signal),
});
