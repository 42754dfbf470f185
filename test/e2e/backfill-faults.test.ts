import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#kernel/testing/until.ts';
import type { ChatKey } from '#simulator/account/model.ts';
import { deepShape } from '#simulator/account/presets.ts';
import { type PrivateRedis, startRedis } from '#sync-jobs/queue/testing/redis.ts';
import { assertSame, compareStore } from '../rig/compare.ts';
import { assertCovered, compareCoverage } from '../rig/coverage.ts';
import { type InProcess, OWNER, openLinked } from '../rig/in-process.ts';
import { createWorld, type World } from '../rig/world.ts';

const CHATS = 16;
const MESSAGES = 120;
const PUSHED = 20;
/** Of one chat, when nothing goes wrong. */
const PAGES = Math.ceil((MESSAGES - PUSHED) / 50);
const WAIT_MS = 700;

/** One account; each test breaks something about a chat of its own, and all of it is whole in the end. */
describe('faults while older history is fetched', function () {
  this.timeout(60_000);
  let redis: PrivateRedis;
  let world: World;
  let service: InProcess;
  let untouched: { readonly key: ChatKey; readonly jid: string }[];

  before(async () => {
    redis = await startRedis();
    world = await createWorld('deep', deepShape(CHATS, MESSAGES, PUSHED));
    service = await openLinked(world, {
      REDIS_URL: redis.url,
      TANDEM_HISTORY_DELAY_MS: '0',
      TANDEM_HISTORY_WAIT_MS: String(WAIT_MS),
    });
    untouched = [...world.simulator.oracle.chats()].map(({ chatKey, canonicalJid }) => ({
      key: chatKey,
      jid: canonicalJid,
    }));
  });

  after(async () => {
    await service?.close();
    await world?.close();
    await redis?.stop();
  });

  const phone = () => world.simulator.faults.phone;
  const hasLid = ({ jid }: { readonly jid: string }) => jid.endsWith('@lid');
  /** A chat that no test has had. */
  const fresh = (isSo?: (chat: { readonly jid: string }) => boolean) => {
    // Those that have a number only are few.
    const at = isSo === undefined ? untouched.findLastIndex(hasLid) : untouched.findIndex(isSo);
    const [chat] = untouched.splice(at, 1);
    assert.ok(at >= 0 && chat !== undefined, 'too few chats');
    return chat;
  };
  const fetchOlder = async (jid: string) =>
    (await service.services.olderHistory.fetch({ chat: jid }, OWNER)).job_id;
  const report = (jid: string) => service.services.syncReport.ofChat({ chat: jid }, OWNER);
  const asksOf = (key: ChatKey) => world.simulator.historyRequests.of(key);
  const assertFetched = async (jid: string) => {
    const { status, start_proven, missing, messages_synced } = await report(jid);
    assert.deepEqual([status, start_proven], ['complete', true], JSON.stringify(missing));
    assert.ok(messages_synced >= MESSAGES - PUSHED, `${messages_synced} messages`);
  };

  it('a dead anchor: the next message of the chat is asked from', async () => {
    const { key, jid } = fresh();
    phone().deadAnchorsNext = 1;
    const job = await service.ended(await fetchOlder(jid));
    assert.equal(job.status, 'completed');
    assert.equal(asksOf(key).filter(({ outcome }) => outcome === 'dead-anchor').length, 1);
    await assertFetched(jid);
  });

  it('a page under the other identity of the chat is filed where it belongs', async () => {
    const { key, jid } = fresh(hasLid);
    phone().onDemandByChat[key] = 'other-identity';
    await service.ended(await fetchOlder(jid));
    await assertFetched(jid);
    assert.equal(asksOf(key).length, PAGES);
  });

  it('a page of another chat is filed there, and the chat that was asked for is asked for again', async () => {
    const { key, jid } = fresh();
    const other = fresh();
    phone().otherChat = other.key;
    phone().onDemandByChat[key] = { mode: 'other-chat', times: 2 };
    await service.ended(await fetchOlder(jid));
    await assertFetched(jid);
    // From a younger message the same pages hold a little less.
    assert.ok(asksOf(key).length <= PAGES + 3, `${asksOf(key).length} requests`);
    const { held, messages_synced } = await report(other.jid);
    assert.ok(held.length > 0);
    assert.equal(messages_synced, 0, 'nobody has begun to fetch it');
    await service.ended(await fetchOlder(other.jid));
    assert.equal((await report(other.jid)).status, 'complete');
  });

  for (const mode of ['twice', 'earlier-again'] as const)
    it(`answers that come again (${mode}) change nothing`, async () => {
      const { key, jid } = fresh();
      phone().onDemandByChat[key] = mode;
      await service.ended(await fetchOlder(jid));
      await assertFetched(jid);
      assert.equal(asksOf(key).length, PAGES);
      assert.equal(await world.simulator.phone.answerAgain(), true);
    });

  it('answers that come too late are taken in when they come', async () => {
    const { key, jid } = fresh();
    phone().onDemandDelayMs = WAIT_MS + 150;
    const id = await fetchOlder(jid);
    await until(async () => ((await report(jid)).messages_synced > 0 ? true : null), 'a late page');
    phone().onDemandDelayMs = 0;
    assert.equal((await service.ended(id)).status, 'completed');
    await assertFetched(jid);
    assert.ok(asksOf(key).length <= 3 * PAGES, `${asksOf(key).length} requests`);
  });

  it('a rate limit: the job waits, slows down, recovers, and asks for no page twice', async () => {
    const { key, jid } = fresh();
    phone().onDemandNext.push('rate-limited');
    const id = await fetchOlder(jid);
    const job = await service.jobIs(id, ({ reason }) => reason === 'rate-limited', 'waiting');
    assert.equal(job.status, 'waiting');
    assert.ok(job.hint !== undefined && job.next_attempt_at !== undefined);
    await service.ended(id);
    await assertFetched(jid);
    assert.equal(asksOf(key).length, PAGES + 1);
  });

  it('a connection that breaks instead of an answer: the job waits for the engine and goes on', async () => {
    const { jid } = fresh();
    phone().onDemandNext.push('drop');
    assert.equal((await service.ended(await fetchOlder(jid))).status, 'completed');
    await assertFetched(jid);
  });

  it('an engine that is killed in the middle: it goes on with the next one, and a page comes twice at most', async () => {
    const { key, jid } = fresh();
    phone().onDemandDelayMs = 150;
    const id = await fetchOlder(jid);
    await until(() => asksOf(key).length >= 1, 'a request');
    service.killEngine();
    assert.equal((await service.ended(id)).status, 'completed');
    phone().onDemandDelayMs = 0;
    await assertFetched(jid);
    assert.ok(world.simulator.historyRequests.countsOf(key).repeated <= 1);
  });

  it('silence about one chat: it stalls, says so, and is complete once it is answered for', async () => {
    const { key, jid } = fresh();
    phone().onDemandByChat[key] = 'silent';
    const id = await fetchOlder(jid);
    const job = await service.jobIs(id, ({ reason }) => reason === 'stalled', 'a stalled chat');
    assert.equal(job.status, 'waiting');
    assert.ok(job.hint !== undefined && job.next_attempt_at !== undefined);
    const { status, checkpoint } = await report(jid);
    assert.deepEqual([status, checkpoint?.last_answer], ['stalled', 'silent']);
    assert.ok(checkpoint?.hint !== undefined && checkpoint.next_attempt_at !== undefined);
    assert.ok(asksOf(key).length >= 3, 'other anchors were tried');
    const before = asksOf(key).length;
    await sleep(WAIT_MS);
    assert.equal(asksOf(key).length, before, 'it rests');
    delete phone().onDemandByChat[key];
    await service.services.jobs.resume(id, OWNER);
    assert.equal((await service.ended(id)).reason, undefined);
    await assertFetched(jid);
  });

  it('an empty answer without the word that it is the beginning ends as exhausted, and a later run goes on', async () => {
    const { key, jid } = fresh();
    phone().onDemandByChat[key] = 'empty';
    const job = await service.ended(await fetchOlder(jid));
    assert.equal(job.status, 'completed');
    const { status, start_proven, hint } = await report(jid);
    assert.deepEqual([status, start_proven], ['exhausted', false]);
    assert.ok(hint !== undefined);
    delete phone().onDemandByChat[key];
    await service.ended(await fetchOlder(jid));
    await assertFetched(jid);
  });

  it('a phone that is away: the job waits for it, no chat stalls, and it goes on by itself', async () => {
    const { key, jid } = fresh();
    phone().onDemand = 'silent';
    const id = await fetchOlder(jid);
    const job = await service.jobIs(id, ({ reason }) => reason === 'phone-silent', 'waiting for the phone');
    assert.equal(job.status, 'waiting');
    assert.ok(job.hint !== undefined && job.next_attempt_at !== undefined);
    assert.notEqual((await report(jid)).status, 'stalled');
    phone().onDemand = 'answer';
    assert.equal((await service.ended(id)).status, 'completed');
    await assertFetched(jid);
    assert.ok(asksOf(key).length < 20);
  });

  it('a chat that gets its hidden identity in the middle is fetched to its beginning under both', async () => {
    const { key, jid } = fresh((chat) => !hasLid(chat));
    phone().onDemandDelayMs = 200;
    const id = await fetchOlder(jid);
    await until(() => asksOf(key).length >= 1, 'a request');
    assert.ok(world.simulator.account.revealLid({ chat: key }) !== null);
    phone().onDemandDelayMs = 0;
    assert.equal((await service.ended(id)).status, 'completed');
    await assertFetched(jid);
  });

  it('a chat that is not there is refused before anything begins', async () => {
    await assert.rejects(fetchOlder('4915100099999@s.whatsapp.net'), { code: 'CHAT_NOT_FOUND' });
  });

  it('leave nothing missing, nothing twice and nothing claimed that is not there', async () => {
    const started = await service.services.olderHistory.retrieveAll({}, OWNER);
    const job = await service.ended(started.job_id);
    assert.equal(job.status, 'completed', JSON.stringify(job));
    assert.equal(job.reason, undefined, JSON.stringify(job.result));
    await service.close();
    assertSame(await compareStore(world.dataDir, world.simulator.oracle.messages()));
    assertCovered(await compareCoverage(world.dataDir, world.simulator));
  });
});
