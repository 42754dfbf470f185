import type { ServiceContext } from '../context.ts';
import type { Reply } from '../reply.ts';
import { createDelete, type Deleted, type DeleteRequest } from './delete.ts';
import { createEdit, type Edited, type EditRequest } from './edit.ts';
import { createForward, type Forwarded, type ForwardMessageRequest } from './forward.ts';
import { createReact, type Reacted, type ReactRequest } from './react.ts';

/** What can be done with a message that is there. */
export interface Actions {
  react(request: ReactRequest, signal?: AbortSignal): Promise<Reply<Reacted>>;
  edit(request: EditRequest, signal?: AbortSignal): Promise<Reply<Edited>>;
  delete(request: DeleteRequest, signal?: AbortSignal): Promise<Reply<Deleted>>;
  forward(request: ForwardMessageRequest, signal?: AbortSignal): Promise<Reply<Forwarded>>;
}

export function createActions(context: ServiceContext): Actions {
  return {
    react: createReact(context),
    edit: createEdit(context),
    delete: createDelete(context),
    forward: createForward(context),
  };
}
