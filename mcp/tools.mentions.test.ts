import assert from 'node:assert/strict';
import { loadConfig } from '#kernel/config.ts';
import { errorCatalogue } from '#kernel/error-catalogue.ts';
import { COMMUNITY_HINT } from '#sync-jobs/services/history-service.ts';
import { jobHints } from '#sync-jobs/services/job-view.ts';
import { createOffer } from './offer.ts';
import type { Tool } from './tool.ts';
import { toListing } from './tool-schema.ts';
import { allTools } from './tools/all.ts';
import { nextOf } from './tools/shared/job.ts';

/** Names that are English words too count only where they are marked as names. */
function mentions(text: string, name: string): boolean {
  const marked = name.includes('_') ? new RegExp(`\\b${name}\\b`) : new RegExp(`\`${name}\``);
  return marked.test(text);
}

/** Everything that an assistant may read of a tool before or after it calls it, but related tools: these are filtered. */
function textsOf(tool: Tool<never>): readonly string[] {
  const { description, inputSchema } = toListing(tool);
  const said = [description, tool.info?.whenToUse ?? '', ...(tool.info?.pitfalls ?? [])];
  return [...said, JSON.stringify(inputSchema)];
}

describe('tools that are named in what an assistant reads', () => {
  const tools = allTools as readonly Tool<never>[];
  const { offered } = createOffer(tools, loadConfig({ TANDEM_SENDING: 'on' }));
  const hidden = tools.filter((tool) => !offered.includes(tool));
  const check = (text: string) => {
    for (const { name, toolset } of hidden) {
      if (!mentions(text, name)) continue;
      assert.ok(text.includes(`tool set ${toolset}`), `${name} is in the tool set ${toolset}: ${text}`);
    }
  };

  it('finds a name that nobody could call', () => {
    assert.throws(() => check('See list_jobs.'), /list_jobs is in the tool set/);
    check('See list_jobs (tool set history).');
  });

  for (const tool of offered) {
    it(`${tool.name} sends nobody to a tool that is switched off`, () => textsOf(tool).forEach(check));
  }

  it('no more do the hints of errors, of jobs, and what to call next', () => {
    for (const { next } of Object.values(errorCatalogue)) check(next);
    jobHints.forEach(check);
    check(COMMUNITY_HINT);
    check(nextOf({ ended: false, status: 'paused' }) ?? assert.fail());
    check(nextOf({ ended: false, status: 'running' }) ?? assert.fail());
  });
});
