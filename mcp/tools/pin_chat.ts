import { chatStateErrors, chatStateInput, chatStateOutput, chatStateTool } from './shared/chat-state.ts';
import { defineTool } from './shared/define.ts';

export const pinChat = defineTool({
  ...chatStateTool,
  name: 'pin_chat',
  title: 'Pin a chat',
  description: 'Keeps a chat at the top of the list, on all own devices. WhatsApp allows three.',
  input: chatStateInput,
  output: chatStateOutput,
  info: {
    whenToUse: 'When the user wants a chat at hand.',
    examples: [{ title: 'By name', arguments: { chat: 'Anna' } }],
    errors: [...chatStateErrors, 'MAX_PINS_REACHED'],
    related: ['unpin_chat', 'list_chats'],
    pitfalls: [
      'MAX_PINS_REACHED: the details name the three that are pinned; ask the user which one to unpin.',
    ],
  },
  run: (args, { services, signal }) => services.chatStates.pin(args, true, signal),
});
