import { chatStateErrors, chatStateInput, chatStateOutput, chatStateTool } from './shared/chat-state.ts';
import { defineTool } from './shared/define.ts';

export const archiveChat = defineTool({
  ...chatStateTool,
  name: 'archive_chat',
  title: 'Archive a chat',
  description:
    'Moves a chat out of the chat list into the archive, on all own devices. Nothing is deleted, and nobody else sees it.',
  input: chatStateInput,
  output: chatStateOutput,
  info: {
    whenToUse: 'When the user is done with a chat for now.',
    examples: [{ title: 'By name', arguments: { chat: 'Book club' } }],
    errors: [...chatStateErrors],
    related: ['unarchive_chat', 'list_chats', 'mute_chat'],
    pitfalls: [
      'On most phones a new message brings an archived chat back unless the settings there keep it archived.',
    ],
  },
  run: (args, { services, signal }) => services.chatStates.archive(args, true, signal),
});
