import { toTandemError } from '#kernel/errors.ts';
import { matchId, type ResourceTemplate } from '#mcp/resource-template.ts';
import type { ToolServices } from '#mcp/tools/shared/services.ts';
import { throttled } from './throttle.ts';

const PREFIX = 'whatsapp://jobs/';

/** One job, as get_job shows it. */
export const jobResource: ResourceTemplate<ToolServices, { readonly id: string }> = {
  uriTemplate: `${PREFIX}{id}`,
  name: 'job',
  title: 'Job',
  description: 'How far one job is; subscribe to hear of changes, at most once a second.',
  mimeType: 'application/json',
  match: matchId(PREFIX),
  read: async ({ id }, { principal, services }) => {
    try {
      return JSON.stringify(await services.jobs.get({ job_id: id }, principal.id));
    } catch (thrown) {
      if (toTandemError(thrown).code === 'JOB_NOT_FOUND') return null;
      throw thrown;
    }
  },
  watch: ({ id }, services, changed) => {
    const gate = throttled(changed);
    const stop = services.jobs.onChange((jobId) => {
      if (jobId === id) gate.poke();
    });
    return () => {
      stop();
      gate.stop();
    };
  },
};
