import { toTandemError } from '#kernel/errors.ts';
import { matchId, type ResourceTemplate } from '#mcp/resource-template.ts';
import type { ToolServices } from '#mcp/tools/shared/services.ts';
import { EXPORT_URI } from '#sync-jobs/services/export-links.ts';

/** One export: what is in it and where it can be downloaded. The file itself is too large for a resource. */
export const exportResource: ResourceTemplate<ToolServices, { readonly id: string }> = {
  uriTemplate: `${EXPORT_URI}{id}`,
  name: 'export',
  title: 'Export of a chat',
  description: 'Counts, checksum and a fresh link to download a finished export.',
  mimeType: 'application/json',
  match: matchId(EXPORT_URI),
  read: async ({ id }, { principal, services }) => {
    try {
      const found = services.exportLinks.of(await services.jobs.get({ job_id: id }, principal.id));
      return found === null ? null : JSON.stringify(found);
    } catch (thrown) {
      if (toTandemError(thrown).code === 'JOB_NOT_FOUND') return null;
      throw thrown;
    }
  },
};
