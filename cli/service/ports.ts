import type { ConsolePorts } from '#console/ports.ts';
import { chatOfJob } from '#console/view/job-chat.ts';
import type { History } from '#history/contracts/history.ts';
import type { Orchestrator } from '#orchestrator/orchestrator.ts';
import { engineToLink, isLinked } from '#orchestrator/services/linking/choose-engine.ts';
import type { Services } from '#orchestrator/services/services.ts';
import type { JobQueue } from '#sync-jobs/queue/port.ts';
import type { JobServices } from '#sync-jobs/services/services.ts';

export interface PortDeps {
  readonly orchestrator: Orchestrator;
  readonly services: Services & JobServices;
  readonly queue: JobQueue;
  readonly history: History;
  readonly sessions: () => number;
}

/** Seconds between looks of a waiting call; nobody waits here, the page looks by itself. */
const POLL_SECONDS = 5;

/** What the console needs, from the rooms that have it. */
export function createConsolePorts({
  orchestrator,
  services,
  queue,
  history,
  sessions,
}: PortDeps): ConsolePorts {
  return {
    engines: orchestrator.engines,
    committed: (engine) => {
      const view = orchestrator.ingest().find((one) => one.engine === engine);
      return view === undefined || view.outboxId === null
        ? null
        : { outboxId: view.outboxId, seq: view.committedSeq };
    },
    overview: () => history.overview(),
    contributions: () => history.statistics(),
    onStored: (listener) => orchestrator.onIngested(({ report }) => listener(report.messagesAdded)),
    sessions,
    link: async ({ engine, phone }) => {
      const view = engineToLink(orchestrator, engine ?? undefined);
      if (view.reachable && isLinked(view)) return { engine: view.engine, offer: null, codeRefused: null };
      if (phone === null) {
        // A person at the screen: showing a QR code asks nothing of the phone, so it is not counted as an attempt.
        const { output } = await orchestrator.router.call('link.qr', {}, { engine: view.engine });
        return {
          engine: view.engine,
          offer: output.state === 'linked' ? null : output.offer.method,
          codeRefused: null,
        };
      }
      const { data } = await services.linking.authenticate({
        phone_number: phone,
        engine: view.engine,
        wait_for_link: false,
        poll_interval_sec: POLL_SECONDS,
        force: false,
      });
      return {
        engine: data.engine,
        offer: data.state === 'code_issued' ? 'code' : data.state === 'qr_issued' ? 'qr' : null,
        codeRefused: data.code_refused ?? null,
      };
    },
    logout: async (engine) => {
      const { data } = await services.logout({ engine: engine ?? 'all', confirm: true });
      return data.engines.map((one) => ({
        engine: one.engine,
        wasLinked: one.was_linked,
        unlinkedOnServer: one.unlinked_on_server,
        sessionDeleted: one.session_deleted,
      }));
    },
    diagnostics: async ({ bundle }) => (await services.diagnose({ bundle })).data,
    jobs: services.jobs,
    chatOfJob: (id) => chatOfJob(history, id),
    olderHistory: services.olderHistory,
    chats: services.parts.resolver,
    queue,
    history,
    exports: services.parts.exports,
    cursors: services.parts.cursors,
  };
}
