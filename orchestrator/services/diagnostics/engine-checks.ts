import { reasonTexts } from '#engines/contract/state.ts';
import type { ServiceContext } from '../context.ts';
import type { EngineView } from '../ports.ts';
import { connectionState } from '../status/engine-state.ts';
import { type Check, failed, passed } from './check.ts';

/** More unread batches than that mean that the store does not keep up. */
const BACKLOG_WARNING_BATCHES = 1_000;

export function checkEngines({ fleet, version }: ServiceContext): Check[] {
  return fleet.engines().map((view) => checkEngine(view, version));
}

function checkEngine(view: EngineView, version: string): Check {
  const { engine, status, error } = view;
  const id = `engine_${engine}`;
  if (status === null || !view.processUp || !view.reachable) {
    return failed(
      id,
      'error',
      error?.message ?? 'The engine does not answer.',
      error?.hint ?? 'It is restarted by itself; look at the log when that goes on.',
      error?.code ?? 'ENGINE_UNREACHABLE',
    );
  }
  if (status.version !== version) {
    return failed(
      id,
      'error',
      `The engine is of version ${status.version}, the service of ${version}.`,
      'Restart both from the same installation.',
      'ENGINE_PROTOCOL',
    );
  }
  const state = connectionState(view);
  if (state !== 'connected') {
    const { means, action } = reasonTexts[status.reason];
    const waiting = state === 'not_linked' || state === 'awaiting_link' || state === 'connecting';
    return failed(id, waiting ? 'warning' : 'error', means, action, status.lastError?.code);
  }
  if (status.outbox.entries > BACKLOG_WARNING_BATCHES) {
    const finding = `${status.outbox.entries} batches wait to be stored.`;
    return failed(id, 'warning', finding, 'Nothing is lost; it should shrink within minutes.');
  }
  return passed(id, `Linked and connected, version ${status.version}.`);
}

export function checkTestServer({ config, fleet }: ServiceContext): Check {
  const used =
    config.testServer !== null || fleet.engines().some(({ status }) => status?.testServer === true);
  if (!used) return passed('test_server', 'Connected to WhatsApp itself.');
  return failed(
    'test_server',
    'warning',
    'Another server stands in for WhatsApp.',
    'For tests only: unset TANDEM_UNSAFE_TEST_SERVER for a real account.',
  );
}
