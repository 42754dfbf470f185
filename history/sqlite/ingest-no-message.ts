import type { ObservationOf } from '#engines/contract/observation.ts';
import type { BatchContext, IngestTools } from './ingest-tools.ts';
import { keepNoMessage } from './no-messages.ts';

/**
 * An engine that cannot read a stanza tells an undecryptable message under the stanza's id. When it turns out to be an edit
 * or a reaction, that placeholder goes, and the same told later (by the slower event, by the other engine) must not come
 * back. So the names are kept, and whichever is told first, nothing stands there in the end.
 *
 * An observation of its own instead of a field of each change: votes and protocol traffic leave no change behind, and
 * the author of a revoke may be an admin whom the change does not name.
 */
export function ingestNoMessage(
  tools: IngestTools,
  batch: BatchContext,
  seen: ObservationOf<'no-message'>,
): void {
  const chat = tools.resolve.chatOf(seen, 'message');
  const sender = tools.resolve.sender(seen, chat, 'message');
  const name = { chatId: chat.id, id: seen.id, fromMe: seen.fromMe, sender };
  const placeholder = keepNoMessage(tools, name);
  if (placeholder === null) return;
  const added = batch.addedKeys.indexOf(placeholder.pk);
  if (added >= 0) batch.addedKeys.splice(added, 1);
}
