import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFixedClock } from '#kernel/clock.ts';
import { createLogger } from '#kernel/logger.ts';
import { entryIdOf, failureOf, jobIdOf, reasonOf } from './entry.ts';
import { createErrorReporter } from './quiet-log.ts';

describe('Entries of the job queue', () => {
  it('give the id back whatever it is made of, and are ids that BullMQ takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (jobId, turn) => {
        const entryId = entryIdOf(jobId, turn);
        assert.equal(jobIdOf(entryId), jobId);
        assert.doesNotMatch(entryId, /[:\0]|^\d+$/);
      }),
    );
  });

  it('know what is not one of theirs', () => {
    for (const foreign of ['', 'plain', '.1', '0:0', '%.1']) assert.equal(jobIdOf(foreign), null);
  });

  it('say of a failure only its code', () => {
    const reply = Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' });
    const coded = Object.assign(new Error('SECRET\0'), { code: 'ECONNRESET' });
    const textAsCode = Object.assign(new Error('SECRET'), { code: 'SECRET text\0' });
    assert.deepEqual([reply, coded, textAsCode, new Error('SECRET words'), 'SECRET'].map(reasonOf), [
      'OOM',
      'ECONNRESET',
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
    ]);
    for (const thrown of [coded, textAsCode, 'SECRET']) {
      const failure = failureOf(thrown);
      assert.doesNotMatch(`${failure.message}${failure.stack}`, /SECRET|\0/);
    }
  });
});

describe('The log of the job queue', () => {
  it('writes one line of a kind in half a minute, and how many it left out', () => {
    const lines: string[] = [];
    const clock = createFixedClock(1_000_000);
    const logger = createLogger({
      level: 'info',
      program: 'test',
      sink: { write: (line) => void lines.push(line) },
    });
    const report = createErrorReporter(logger, clock);
    const refused = Object.assign(new Error('SECRET'), { code: 'ECONNREFUSED' });
    for (let n = 0; n < 1_000; n++) report('Redis failed', refused);
    report('Redis failed', new Error('SECRET'));
    assert.equal(lines.length, 2);
    clock.advance(30_000);
    report('Redis failed', refused);
    assert.equal(lines.length, 3);
    assert.match(lines[2] ?? '', /"omitted":999/);
    assert.doesNotMatch(lines.join(''), /SECRET/);
  });
});
