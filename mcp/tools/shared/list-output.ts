import { z } from 'zod';
import { partyShape } from '#orchestrator/services/shapes/common.ts';
import { messageShape } from '#orchestrator/services/shapes/message.ts';

/** A message of a list, with its neighbours where they were asked for. */
export const messageInListShape = messageShape.extend({
  context: z.object({ before: z.array(messageShape), after: z.array(messageShape) }).optional(),
});

/** The chat that all messages of a list belong to, when one was given. */
export const chatOfList = { chat: partyShape.optional() };
