import assert from 'node:assert/strict';
import { startVisitor, type Visitor } from '../rig/browser.ts';
import { type ConsoleAlone, startConsoleAlone } from '../rig/console-alone.ts';

const TOKEN = 'k'.repeat(40);

describe('signing in to the console, in a real browser', function () {
  this.timeout(60_000);
  let console: ConsoleAlone;
  let visitor: Visitor;

  before(async () => {
    console = await startConsoleAlone({ token: TOKEN });
    visitor = await startVisitor();
  });
  after(async () => {
    await visitor?.close();
    await console?.close();
  });

  for (const script of [true, false]) {
    it(`lets in who has the token, and nobody else, ${script ? 'with' : 'without'} script`, async () => {
      const { page, close } = await visitor.open(console.url, { script });
      const send = async (token: string) => {
        await page.type('[name=token]', token);
        const [answer] = await Promise.all([page.waitForNavigation(), page.click('main button')]);
        return answer?.status();
      };
      assert.equal(await send('wrong'), 401);
      assert.match(await page.$eval('[role=alert]', (found) => found.textContent ?? ''), /not the token/);
      assert.equal(await send(TOKEN), 200);
      assert.match(await page.title(), /^Ready/);
      const cookies = await page.browserContext().cookies();
      await page.browserContext().deleteCookie(...cookies);
      await close();
    });
  }
});
