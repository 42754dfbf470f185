import { chatStateErrors, chatStateInput, chatStateOutput, chatStateTool } from './shared/chat-state.ts';
import { defineTool } from './shared/define.ts';

export const unpinChat = defineTool({
  ...chatStateTool,
  name: 'unpin_chat',
  title: 'Unpin a chat',
  description: 'Takes a chat from the top of the list, on all own devices.',
  input: chatStateInput,
  output: chatStateOutput,
  info: {
    whenToUse: 'When a pinned chat need not stay at the top.',
    examples: [{ title: 'By name', arguments: { chat: 'Anna' } }],
    errors: [...chatStateErrors],
    related: ['pin_chat', 'list_chats'],
    pitfalls: [],
  },
  run: (args, { services, signal }) => services.chatStates.pin(args, false, signal),
});
