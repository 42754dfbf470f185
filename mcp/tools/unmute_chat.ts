import { chatStateErrors, chatStateInput, chatStateOutput, chatStateTool } from './shared/chat-state.ts';
import { defineTool } from './shared/define.ts';

export const unmuteChat = defineTool({
  ...chatStateTool,
  name: 'unmute_chat',
  title: 'Unmute a chat',
  description: 'Lets a muted chat notify again, on all own devices.',
  input: chatStateInput,
  output: chatStateOutput,
  info: {
    whenToUse: 'When the user wants to hear of a muted chat again.',
    examples: [{ title: 'By name', arguments: { chat: 'Book club' } }],
    errors: [...chatStateErrors],
    related: ['mute_chat', 'list_chats'],
    pitfalls: [],
  },
  run: (args, { services, signal }) => services.chatStates.mute(args, null, signal),
});
