import type { fileTypes } from '#engines/contract/message.ts';
import type { History } from '#history/contracts/history.ts';
import type { JobKind, Json } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { EXPORT_MAX_MESSAGES, type ExportFormat } from '#orchestrator/services/export/contract.ts';
import type { Groups } from '#orchestrator/services/groups/groups.ts';
import type { ReceiptMode } from '#orchestrator/services/mark-chat.ts';
import { parsePast } from '#orchestrator/services/present/past.ts';
import { parseRange } from '#orchestrator/services/present/range.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { resolveEach } from '#orchestrator/services/resolve/each.ts';
import type { Resolver } from '#orchestrator/services/resolve/resolver.ts';
import type { Jobs } from '../jobs.ts';
import type { ExportArgs } from '../kinds/export.ts';
import type { FetchMediaArgs } from '../kinds/fetch-media.ts';
import type { MarkCommunityArgs } from '../kinds/mark-community.ts';
import { effective } from '../kinds/mark-items.ts';
import { MARK_MESSAGES_MAX, type MarkReadArgs } from '../kinds/mark-read.ts';
import { retentionLimit } from '../purge-due.ts';
import { type DryRun, dryRun } from './dry-run.ts';
import type { Started } from './job-shape.ts';
import { viewOf } from './job-view.ts';

/** What a purge would delete; nothing was. */
export interface PurgePreview {
  readonly dry_run: true;
  readonly before: string;
  readonly messages: number;
  /** Of them those that carry a file, downloaded or not. */
  readonly with_files: number;
}

export interface PurgeRequest {
  readonly before?: string | undefined;
  /** Only counts. */
  readonly dry_run?: boolean | undefined;
}

export interface MarkRequest {
  /** Who learns of it; both by default, as far as the setting allows. */
  readonly receipts?: ReceiptMode | undefined;
  /** Only counts. */
  readonly dry_run?: boolean | undefined;
}

export interface MarkCommunityRequest extends MarkRequest {
  readonly community: string;
  /** Fetches the history of its groups first. */
  readonly with_history: boolean;
  /** Seconds; as long as its groups may need when absent. */
  readonly sync_timeout?: number | undefined;
}

export interface ExportChatRequest {
  readonly chat: string;
  readonly format: ExportFormat;
  readonly include_media: boolean;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly max_messages: number;
}

export interface FetchMediaRequest {
  /** Every chat when absent. */
  readonly chat?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly types?: readonly (typeof fileTypes)[number][] | undefined;
  readonly max_files: number;
}

/**
 * Starts the long actions. Every call answers at once with the job; the same call while it runs joins it. Errors of all: those of
 * the resolver (CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS, INVALID_JID), INVALID_TIME.
 */
export interface ActionService {
  /** Errors: COMMUNITY_NOT_FOUND, NOT_A_COMMUNITY, INVALID_JID; TOOL_DISABLED where the setting leaves nothing to do. */
  markCommunity(
    request: MarkCommunityRequest,
    owner: string,
    signal?: AbortSignal,
  ): Promise<Started | DryRun>;
  /** Errors: TOOL_DISABLED as above. */
  markChats(
    request: MarkRequest & { readonly chats: readonly string[] },
    owner: string,
  ): Promise<Started | DryRun>;
  /** The result of the job names the export. Errors: EXPORT_TOO_LARGE, VALIDATION_ERROR. */
  exportChat(request: ExportChatRequest, owner: string): Promise<Started>;
  fetchMedia(request: FetchMediaRequest, owner: string): Promise<Started>;
  rebuildSearch(owner: string): Promise<Started>;
  /**
   * Deletes what is older than that, or than the retention setting. Errors: INVALID_TIME also for a time to come, because that
   * would delete everything; VALIDATION_ERROR when nobody says.
   */
  purge(request: PurgeRequest, owner: string): Promise<Started | PurgePreview>;
}

export interface ActionServiceDeps {
  readonly jobs: Pick<Jobs, 'start' | 'isQueueAway'>;
  readonly history: Pick<History, 'groups' | 'messages' | 'reads'>;
  readonly resolver: Pick<Resolver, 'chat'>;
  readonly groups: Pick<Groups, 'ofCommunity'>;
  readonly times: Times;
  readonly config: Pick<Config, 'readReceipts' | 'retentionDays'>;
  readonly clock: Clock;
}

const GROUPS_MAX = 1_000;
/** Somebody waits for these; what runs by itself has 0. */
const PRIORITY_ASKED_FOR = 10;

export function createActionService(deps: ActionServiceDeps): ActionService {
  const { jobs, history, resolver, groups, times, config, clock } = deps;

  const start = async (kind: JobKind, args: Json, owner: string): Promise<Started> => {
    const { job, joined } = await jobs.start({ kind, args, owner, priority: PRIORITY_ASKED_FOR });
    return { ...viewOf(job, times, jobs.isQueueAway()), reused: joined };
  };
  const receiptsOf = ({ receipts = 'both' }: MarkRequest): ReceiptMode => {
    effective(receipts, config.readReceipts);
    return receipts;
  };
  const used = (receipts: ReceiptMode) => effective(receipts, config.readReceipts);

  return {
    markCommunity: async (request, owner, signal) => {
      const receipts = receiptsOf(request);
      const found = await groups.ofCommunity({ community: request.community, limit: 1 }, signal);
      const { jid } = found.data.community;
      if (request.dry_run === true) {
        const page = await history.groups.list({ community: jid, limit: GROUPS_MAX, offset: 0 });
        const chats = page.items.map(({ chat }) => chat);
        return dryRun(history, chats, { receipts: used(receipts), fetchesFirst: request.with_history });
      }
      const args: MarkCommunityArgs = {
        community: jid,
        withHistory: request.with_history,
        syncTimeoutSeconds: request.sync_timeout ?? null,
        receipts,
      };
      return start('mark-community', args, owner);
    },

    markChats: async (request, owner) => {
      const receipts = receiptsOf(request);
      const chats = await resolveEach(resolver, request.chats, 'chats');
      if (request.dry_run === true)
        return dryRun(history, chats, { receipts: used(receipts), fetchesFirst: false });
      const args: MarkReadArgs = {
        chats: chats.map(({ jid }) => jid),
        receipts,
        maxPerChat: MARK_MESSAGES_MAX,
      };
      return start('mark-read', args, owner);
    },

    exportChat: async ({ chat: typed, format, include_media, after, before, max_messages }, owner) => {
      if (include_media && format !== 'zip')
        throw invalid('include_media', 'only the format zip holds files');
      if (max_messages > EXPORT_MAX_MESSAGES) {
        throw new TandemError('EXPORT_TOO_LARGE', { details: { limit_messages: EXPORT_MAX_MESSAGES } });
      }
      const chat = await resolver.chat(typed);
      const time = parseRange(
        times,
        { field: 'after', text: after },
        { field: 'before', text: before },
        clock,
      );
      const args: ExportArgs = {
        chat: chat.jid,
        format,
        includeMedia: include_media,
        after: time.from,
        before: time.to,
        maxMessages: max_messages,
      };
      return start('export', args, owner);
    },

    fetchMedia: async ({ chat: typed, since, until, types, max_files }, owner) => {
      const chat = typed === undefined ? null : await resolver.chat(typed);
      const time = parseRange(times, { field: 'since', text: since }, { field: 'until', text: until }, clock);
      const args: FetchMediaArgs = {
        chat: chat?.jid ?? null,
        since: time.from,
        until: time.to,
        types: types === undefined ? null : [...new Set(types)],
        maxFiles: max_files,
      };
      return start('fetch-media', args, owner);
    },

    rebuildSearch: (owner) => start('rebuild-search', {}, owner),

    purge: async ({ before: typed, dry_run }, owner) => {
      const before =
        typed === undefined
          ? retentionLimit(config.retentionDays, clock)
          : parsePast(times, clock, typed, 'before');
      if (before === null)
        throw invalid('before', 'expected a time, because TANDEM_RETENTION_DAYS keeps everything');
      if (dry_run === true) {
        const count = async (filter: { readonly hasMedia?: boolean }) =>
          (
            await history.messages.list({
              ...filter,
              until: before,
              order: 'oldest',
              limit: 1,
              withTotal: true,
            })
          ).total ?? 0;
        return {
          dry_run: true,
          before: times.iso(before),
          messages: await count({}),
          with_files: await count({ hasMedia: true }),
        };
      }
      return start('purge', { before }, owner);
    },
  };
}

function invalid(field: string, problem: string): TandemError {
  return new TandemError('VALIDATION_ERROR', {
    message: `${field}: ${problem}.`,
    details: { problems: [{ field, problem }] },
  });
}
