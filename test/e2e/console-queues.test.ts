import assert from 'node:assert/strict';
import { createQueueRig, SHARED_CACHE } from '#sync-jobs/queue/testing/rig.ts';
import { startVisitor, type Visit, type Visitor } from '../rig/browser.ts';
import { type ConsoleAlone, startConsoleAlone } from '../rig/console-alone.ts';

/** Words of Bull Board for what changes something. */
const CHANGES = /pause|resume|add|empty|obliterate|retry|promote|clean|duplicate|update|concurrency|limit/i;

describe('the dashboard of the queues, in a real browser', function () {
  this.timeout(90_000);
  const rig = createQueueRig({ redisUrl: null, cacheDir: SHARED_CACHE });
  const queue = rig.open();
  let console: ConsoleAlone;
  let visitor: Visitor;

  before(async () => {
    await queue.enqueue({ lane: 'history', jobId: 'job_1', turn: 1, label: 'history', delayMs: 600_000 });
    console = await startConsoleAlone({ ports: { queue } });
    visitor = await startVisitor();
  });
  after(async () => {
    await visitor?.close();
    await console?.close();
    await rig.closeAll();
  });

  const close = async (visit: Visit) => {
    await visit.close();
    assert.deepEqual(visit.troubles, []);
  };

  it('offers nothing that would be refused: no menu and no button asks for a change', async () => {
    for (const path of ['/queues', '/queues/queue/history?status=delayed', '/queues/queue/history/job_1.1']) {
      const visit = await visitor.open(`${console.url}${path}`);
      const { page } = visit;
      await page.waitForSelector('main button');
      await page.waitForNetworkIdle();
      const count = (await page.$$('main button')).length;
      for (let at = 0; at < count; at += 1) {
        await page.evaluate(`document.querySelectorAll('main button')[${at}]?.focus()`);
        await page.keyboard.press('Enter');
        for (const item of await page.$$eval('[role=menuitem]', (found) =>
          found.map((one) => one.textContent),
        ))
          assert.doesNotMatch(item ?? '', CHANGES, path);
        // Bull Board asks back before it changes anything.
        assert.equal((await page.$$('[role=dialog], [role=alertdialog]')).length, 0, path);
        await page.keyboard.press('Escape');
      }
      await close(visit);
    }
  });

  it('says that a queue is paused before anything else, and resumes it', async () => {
    const [history] = await queue.queues();
    await history?.pause();
    const visit = await visitor.open(`${console.url}/queues`);
    const { page } = visit;
    assert.match(await page.$eval('h2', (found) => found.textContent ?? ''), /history is paused/);
    await Promise.all([page.waitForNavigation(), page.click('main button')]);
    await page.waitForFunction(`document.body.innerText.includes('maintenance')`);
    assert.equal(await history?.isPaused(), false);
    await close(visit);
  });

  it('says on the status page why no job moves, and sets it going from there', async () => {
    // As if it were a Redis, which somebody else can reach.
    const shared = await startConsoleAlone({ ports: { queue: { ...queue, backend: 'redis' } } });
    try {
      const [history] = await queue.queues();
      const visit = await visitor.open(shared.url);
      const { page } = visit;
      assert.equal(await page.$('#warning .banner'), null);
      await history?.pause();
      const button = await page.waitForSelector('#warning button:not([hidden])');
      assert.match(await page.$eval('#warning', (found) => found.textContent ?? ''), /history is paused/);
      await button?.click();
      await page.waitForFunction(`document.querySelector('#warning .banner') === null`);
      assert.equal(await history?.isPaused(), false);
      await close(visit);
    } finally {
      await shared.close();
    }
  });
});
