import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { secondsSchema } from '#engines/contract/message.ts';
import type { History } from '#history/contracts/history.ts';
import { TandemError } from '#kernel/errors.ts';
import {
  EXPORT_MAX_MESSAGES,
  type ExportDeps,
  type ExportProgress,
  exportFormats,
} from '#orchestrator/services/export/contract.ts';
import type { Exports } from '#orchestrator/services/export/exports.ts';
import { PART_SUFFIX } from '#orchestrator/services/export/whole-file.ts';
import { writeExport } from '#orchestrator/services/export/write-export.ts';
import { coverageOfRange } from '#orchestrator/services/messages/list-coverage.ts';
import { defineKind, type Kind, type TurnContext } from '../kind.ts';
import { laneOf } from './lanes.ts';

export const exportArgsSchema = z.strictObject({
  /** JID. */
  chat: z.string(),
  format: z.enum(exportFormats),
  includeMedia: z.boolean(),
  /** Sent at or after, seconds. */
  after: secondsSchema.nullable(),
  /** Sent before, seconds. */
  before: secondsSchema.nullable(),
  /** The newest so many. */
  maxMessages: z.int().min(1).max(EXPORT_MAX_MESSAGES),
});
export type ExportArgs = z.output<typeof exportArgsSchema>;

export interface ExportKindDeps extends ExportDeps {
  readonly history: ExportDeps['history'] & Pick<History, 'coverage'>;
  readonly exports: Pick<Exports, 'fileOf'>;
}

const LOOK_EVERY_MS = 500;

/**
 * Writes a chat into a file that is named by the job. The only kind that works in one turn, however long it takes: half a file
 * is worth nothing. A killed one begins anew.
 */
export function exportKind(deps: ExportKindDeps): Kind<typeof exportArgsSchema> {
  return defineKind({
    kind: 'export',
    lane: laneOf.export,
    args: exportArgsSchema,
    turn: async (context, args) => {
      const chat = await deps.history.chats.byJid(args.chat);
      if (chat === null) throw new TandemError('CHAT_NOT_FOUND');
      const exportId = context.job.id;
      const file = deps.exports.fileOf(exportId, args.format);
      await removeParts(file);
      const watch = watchWish(context);
      try {
        const request = {
          chatId: chat.id,
          format: args.format,
          includeMedia: args.includeMedia,
          maxMessages: args.maxMessages,
          ...(args.after === null ? {} : { after: args.after }),
          ...(args.before === null ? {} : { before: args.before }),
        };
        const done = await writeExport(deps, request, file, watch.signal, watch.step);
        await watch.settle();
        // The sample holds texts, which stay out of the rows of jobs.
        const { bytes, sha256, messages, media, mediaMissing } = done;
        const { complete } = await coverageOfRange(deps, chat, { since: args.after, until: args.before });
        const result = {
          export_id: exportId,
          filename: basename(file),
          bytes,
          sha256,
          messages,
          media,
          media_missing: mediaMissing,
          coverage: complete ? 'complete' : 'partial',
        };
        await context.save({ done: messages, total: messages });
        return { state: 'completed', result };
      } finally {
        watch.stop();
      }
    },
  });
}

/** What killed turns of this job left. */
async function removeParts(file: string): Promise<void> {
  const folder = dirname(file);
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.startsWith(`${basename(file)}.`) && name.endsWith(PART_SUFFIX))
      await rm(join(folder, name), { force: true });
  }
}

/** Writes progress down now and then; what stops the job on that occasion stops the writing. */
function watchWish(context: TurnContext) {
  const halt = new AbortController();
  let latest: ExportProgress | null = null;
  let saving: Promise<void> = Promise.resolve();
  let busy = false;

  const save = async () => {
    try {
      if (latest === null) await context.look();
      else await context.save({ done: latest.done, total: latest.total });
    } catch (thrown) {
      halt.abort(thrown);
    } finally {
      busy = false;
    }
  };
  const tick = () => {
    if (busy) return;
    busy = true;
    saving = save();
  };
  const timer = setInterval(tick, LOOK_EVERY_MS);
  return {
    signal: AbortSignal.any([context.signal, halt.signal]),
    step: (step: ExportProgress) => {
      if (latest === null) tick();
      latest = step;
    },
    settle: () => saving,
    stop: () => clearInterval(timer),
  };
}
