import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page, ScreenshotClip } from 'puppeteer';
import { coverageViewSchema } from '#console/view/coverage.ts';
import { jobsViewSchema } from '#console/view/jobs.ts';
import { until } from '#kernel/testing/until.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { startVisitor, type Visit, type VisitOptions, type Visitor } from '../rig/browser.ts';
import { type EmbeddedService, startEmbedded } from '../rig/embedded-service.ts';
import { startLinked } from '../rig/linked.ts';
import { bothEngines, createWorld, type World } from '../rig/world.ts';

const UPDATE = process.env.TANDEM_UPDATE_PICTURES === '1';
const CHATS = 1_000;
const OWNER = 'test';
/** Slow enough to be looked at in the middle. */
const DELAY_MS = '60';
const COVERED_BEFORE_LOOKING = UPDATE ? 150 : 20;

/** The part of the page that is about jobs, with some room around it. */
const AROUND_JOBS = `(() => {
  const { x, y, width, height } = document.querySelector('#jobs').getBoundingClientRect();
  return { x: x - 14, y: y + scrollY - 14, width: width + 28, height: height + 28 };
})()`;

const POINT_AT_NINTH = `(() => {
  const row = document.querySelector('.chat[aria-posinset="9"]');
  row.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 820 }));
})()`;

async function picture(page: Page, name: string, clip?: ScreenshotClip): Promise<void> {
  if (!UPDATE) return;
  await page.evaluate('document.activeElement?.blur()');
  const path = fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({
    path: path as `${string}.png`,
    ...(clip === undefined ? { captureBeyondViewport: false } : { clip }),
  });
}

type Bar = readonly [key: string, value: number];

const bars = (page: Page): Promise<readonly Bar[]> =>
  page.$$eval('progress[data-key]', (found) =>
    found.map((one) => [one.dataset.key ?? '', one.value] as const),
  );

const number = (page: Page, expression: string) => page.evaluate(expression) as Promise<number>;

describe('the console in a real browser', function () {
  this.timeout(180_000);
  let world: World;
  let service: EmbeddedService;
  let visitor: Visitor;

  before(async () => {
    world = await createWorld('deep', {
      ...deepShape(CHATS, 60, 10, { groups: 24, communities: 1 }),
      messagesPerChat: { min: 15, max: 150 },
    });
    service = await startEmbedded(world, {
      TANDEM_HISTORY_DELAY_MS: DELAY_MS,
      TANDEM_HISTORY_WAIT_MS: '2000',
    });
    visitor = await startVisitor();
  });
  after(async () => {
    await visitor?.close();
    await service?.close();
    await world?.close();
  });

  const open = (path: string, options: VisitOptions = {}): Promise<Visit> =>
    visitor.open(`${service.url}${path}`, options);
  const close = async (visit: Visit) => {
    await visit.close();
    assert.deepEqual(visit.troubles, []);
  };
  const jobs = async () => jobsViewSchema.parse(await (await fetch(`${service.url}/api/jobs`)).json()).jobs;
  const texts = (page: Page, selector: string) =>
    page.$$eval(selector, (found) => found.map((one) => one.textContent?.trim() ?? ''));

  it('shows jobs that move, and pauses and resumes them', async () => {
    const [chat] = (await service.building.history.chats.list({ sort: 'last_active', limit: 1 })).items;
    const first = await service.post('/api/history/fetch', { chat: chat?.jid });
    assert.equal(first.status, 202);
    await until(async () => (await jobs())[0]?.ended === true, 'history of one chat', 60_000);
    const visit = await open('/', { height: 980, deviceScaleFactor: UPDATE ? 2 : 1 });
    const { page } = visit;
    await page.locator('[data-post="/api/history/retrieve"]').click();
    await page.waitForSelector('progress[data-key]');
    const barMoves = async () => {
      const before = new Map(await bars(page));
      const isFurther = ([key, value]: Bar) => value > (before.get(key) ?? Number.POSITIVE_INFINITY);
      await until(async () => (await bars(page)).some(isFurther), 'moving bar', 60_000);
    };
    await barMoves();

    await page.focus('[data-post$="/pause"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-post$="/resume"]');
    assert.match((await texts(page, '.job h3'))[0] ?? '', /Older history.*paused/s);
    assert.equal((await jobs())[0]?.status, 'paused');
    await page.locator('[data-post$="/resume"]').click();
    await page.waitForSelector('[data-post$="/pause"]');

    // A slow finger: the page would have been drawn anew in the meantime.
    const box = await (await page.waitForSelector('[data-post$="/pause"]'))?.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    const done = (await jobs())[0]?.done ?? 0;
    await until(async () => ((await jobs())[0]?.done ?? 0) > done + 1, 'progress while the button is held');
    await page.waitForResponse((answer) => new URL(answer.url()).pathname === '/');
    await page.mouse.up();
    await page.locator('[data-post$="/resume"]').click();
    await page.waitForSelector('[data-post$="/pause"]');

    const community = [...world.simulator.oracle.chats()].find(({ kind }) => kind === 'community');
    await service.building.services.longActions.markCommunity(
      { community: community?.canonicalJid ?? '', with_history: true, sync_timeout: 600 },
      OWNER,
    );
    await page.waitForSelector('.job .jobs .job');
    await until(
      async () =>
        (await jobs()).some(
          ({ status, done, facts }) =>
            status === 'running' && done >= COVERED_BEFORE_LOOKING / 2 && facts?.seconds_left,
        ),
      'running job with an expected end',
      60_000,
    );
    await page.locator('.ended summary').click();
    await until(
      () => number(page, `document.querySelector('.ended').open ? 1 : 0`),
      'open list of ended jobs',
    );
    await page.waitForFunction(`document.querySelector('#jobs').innerText.includes('ends in')`, {
      timeout: 60_000,
    });
    await page.focus('#jobs a[href="/coverage"]');
    await barMoves();
    assert.equal(
      await page.evaluate(`document.activeElement.getAttribute('href')`),
      '/coverage',
      'what moves does not take the keyboard away',
    );
    await picture(page, 'jobs', (await page.evaluate(AROUND_JOBS)) as ScreenshotClip);
    await close(visit);
  });

  it('draws the coverage of a thousand chats, and says it in words', async () => {
    await until(
      async () =>
        (await jobs()).some(({ kind, done }) => kind === 'history' && done >= COVERED_BEFORE_LOOKING),
      'chats whose history is there',
      120_000,
    );
    const { totals } = coverageViewSchema.parse(
      await (await fetch(`${service.url}/api/coverage?limit=1`)).json(),
    );
    const visit = await open('/coverage', { width: 1_440, height: 900, deviceScaleFactor: UPDATE ? 2 : 1 });
    const { page } = visit;
    await page.waitForSelector('#rows[aria-busy=false] .chat');
    assert.equal(await number(page, `performance.getEntriesByName('coverage').length > 0 ? 1 : 0`), 1);
    const chats = totals?.chats ?? 0;
    assert.ok(chats >= CHATS);
    assert.equal(
      await number(page, `Number(document.querySelector('.chat').getAttribute('aria-setsize'))`),
      chats,
    );
    const inPage = () => number(page, `document.querySelectorAll('.chat').length`);
    assert.ok((await inPage()) < 150, 'only what is in sight is in the page');

    await page.focus('#rows');
    await page.keyboard.press('End');
    await page.waitForSelector(`.chat[aria-posinset="${chats}"][aria-selected=true]`);
    assert.ok((await inPage()) < 150);
    assert.match((await texts(page, '#detail'))[0] ?? '', /held/);
    await page.keyboard.press('Home');
    await page.waitForSelector('.chat[aria-posinset="1"][aria-selected=true]');

    await page.type('[name=text]', 'neighbours');
    await page.waitForFunction(`document.querySelector('#shown').textContent.includes(' of ')`);
    assert.ok((await texts(page, '.chat .name')).every((name) => /neighbours/i.test(name)));
    await page.type('[name=text]', 'zzzz');
    await page.waitForFunction(`document.querySelector('#nothing').textContent.startsWith('No chat fits')`);
    await page.evaluate(`document.querySelector('[name=text]').value = ''`);
    await page.select('[name=sort]', 'newest');
    await page.waitForFunction(`!document.querySelector('#shown').textContent.includes(' of ')`);
    await page.hover('.chat[aria-posinset="9"] .track');
    await page.waitForSelector('#detail:not([hidden])');
    // A real pointer leaves the page while its picture is taken.
    await page.mouse.move(1, 1);
    await page.evaluate(POINT_AT_NINTH);
    await picture(page, 'coverage');
    await close(visit);
  });

  it('fits a phone, and a dark room', async () => {
    for (const path of ['/', '/coverage', '/coverage/table']) {
      const visit = await open(path, { width: 360, height: 740, dark: true });
      const { page } = visit;
      if (path === '/coverage') await page.waitForSelector('#rows[aria-busy=false] .chat');
      assert.ok((await number(page, 'document.documentElement.scrollWidth')) <= 360, path);
      await close(visit);
    }
  });

  it('tells the least covered chats in a table when there is no script', async () => {
    const { page } = await open('/coverage', { script: false });
    await page.waitForSelector('tbody tr');
    assert.equal((await page.$$('tbody tr')).length, 50);
  });

  it('shows the queues without anything that the policy refuses', async () => {
    const visit = await open('/queues', { deviceScaleFactor: UPDATE ? 2 : 1 });
    const { page } = visit;
    await page.waitForFunction(`document.body.innerText.includes('maintenance')`);
    await page.goto(`${service.url}/queues/queue/history`);
    await page.waitForFunction(`/jobId.*job_[0-9a-f]+/s.test(document.body.innerText)`);
    await picture(page, 'queues');
    await close(visit);
  });
});

describe('the status page of two engines, in a real browser', function () {
  this.timeout(180_000);
  let world: World;
  let visitor: Visitor;

  before(async () => {
    world = await createWorld(UPDATE ? 'demo' : 'tiny');
    visitor = await startVisitor();
  });
  after(async () => {
    await visitor?.close();
    await world?.close();
  });

  it('shows both, what runs, and where assistants find them', async () => {
    const service = await startLinked(world, {
      ...bothEngines,
      TANDEM_PUBLIC_URL: 'http://127.0.0.1:8080',
      TANDEM_HISTORY_DELAY_MS: '300',
    });
    const { page, troubles, close } = await visitor.open(service.url, { width: 1_000, height: 1_360 });
    const gap = `(() => {
      const button = document.querySelector('[data-post="/api/history/retrieve"]').getBoundingClientRect();
      return document.querySelector('.queue').getBoundingClientRect().top - button.bottom;
    })()`;
    assert.ok((await number(page, gap)) >= 8, 'room between the button and the line below it');
    assert.equal((await service.post('/api/history/retrieve', {})).status, 202);
    await page.waitForSelector('.job progress');
    if (UPDATE) await page.waitForSelector('.job progress[value]:not([value="0"])');
    assert.equal(await number(page, `document.querySelectorAll('main .chip').length`), 2);
    assert.match(
      await page.$eval('#client-config', (found) => found.textContent ?? ''),
      /"http:\/\/127\.0\.0\.1:8080\/mcp"/,
    );
    await picture(page, 'status');
    await close();
    assert.deepEqual(troubles, []);
  });
});
