import assert from 'node:assert/strict';
import dns from 'node:dns';
import { getSystemErrorMap } from 'node:util';
import fc from 'fast-check';
import { errorCatalogue } from './error-catalogue.ts';
import { TandemError } from './errors.ts';
import { createLogger } from './logger.ts';
import { redact, redactText } from './redact.ts';

const digits = (min: number, max: number) =>
  fc.stringMatching(new RegExp(`^[1-9][0-9]{${min - 1},${max - 1}}$`));
const person = fc
  .tuple(
    digits(10, 15),
    fc.constantFrom('', ':7', '_1', '_1:12'),
    fc.constantFrom('s.whatsapp.net', 'c.us', 'lid', 'hosted', 'newsletter'),
  )
  .map(([user, device, server]) => ({ user, text: `${user}${device}@${server}` }));

describe('redactText', () => {
  it('leaves at most the last four digits of any id, wherever it stands', () => {
    fc.assert(
      fc.property(person, fc.string(), fc.string(), ({ user, text }, before, after) => {
        const shown = redactText(`${before.replace(/\d/g, '')} ${text} ${after.replace(/\d/g, '')}`);
        assert.ok(!shown.includes(user.slice(0, -4)), shown);
        assert.ok(!shown.includes(user.slice(-5)), shown);
      }),
    );
  });

  it('masks phone numbers as people write them', () => {
    for (const phone of ['+49 151 1234 5678', '+4915112345678', '4915112345678', 'tel4915112345678x']) {
      assert.doesNotMatch(redactText(`call ${phone} now`), /1234/);
    }
  });

  it('drops what an error quotes of the text that it could not read', () => {
    const thrownBy = (act: () => unknown) => {
      try {
        act();
      } catch (thrown) {
        return thrown as Error;
      }
      return assert.fail('nothing was thrown');
    };
    const secrets = [
      'umbrella',
      '{"a": umbrella}',
      `[${'1,'.repeat(40)} umbrella, umbrella, ${'1,'.repeat(40)}]`,
      'umbrella" is not valid JSON, "umbrella\n"umbrella',
    ];
    for (const secret of secrets) {
      const error = thrownBy(() => JSON.parse(secret));
      assert.match(error.message, /umb/, 'V8 quotes it');
      const logged = JSON.stringify(
        redact({ error, words: `${error}`, deep: new Error('x', { cause: error }) }),
      );
      assert.doesNotMatch(logged, /umb|rella/, logged);
      assert.match(logged, /is not valid JSON/);
    }
    const count = thrownBy(() => BigInt('umbrella'));
    assert.doesNotMatch(redactText(count.message), /umbrella/);
    const cut = thrownBy(() => JSON.parse('{"a":1'));
    assert.equal(redactText(cut.message), cut.message, 'what quotes nothing stays as it is');
  });

  it('keeps groups apart from people, and short numbers readable', () => {
    assert.equal(redactText('120363041234567890@g.us'), '…7890@g.us');
    assert.equal(redactText('took 1500 ms on port 8080'), 'took 1500 ms on port 8080');
  });
});

describe('redact', () => {
  it('hides texts, names and secrets at any depth, also when an id is the key', () => {
    const shown = JSON.stringify(
      redact({
        a: [{ text: 'hello there', pushName: 'Ann' }],
        creds: { noiseKey: 'k' },
        '4915112345678@s.whatsapp.net': 1,
        bytes: new Uint8Array(3),
      }),
    );
    assert.doesNotMatch(shown, /hello|Ann|noise|49151/);
    assert.match(shown, /\[3 bytes\]/);
  });

  it('leaves the code of an error readable, and hides what could be the code that links a phone', () => {
    const shown = (code: unknown) => (redact({ code }) as { code: unknown }).code;
    const codes = [
      ...Object.keys(errorCatalogue),
      ...['SQLITE_FULL', 'ERR_INVALID_ARG_TYPE', 'CERT_NOT_YET_VALID', 'ECONNREFUSED', 'ENOENT', 'ENOTCONN'],
      ...['EAI_AGAIN', 'EREFUSED', 'TIMEOUT', 515, 0, '401', null],
    ];
    for (const code of codes) assert.equal(shown(code), code);
    const others = [
      'ABCD-1234',
      'ABCD1234',
      'ABCD_EFGH',
      'AB_CD_EF_GH',
      'ABCD EFGH',
      'EABCDEFG',
      'abcd-1234',
    ];
    for (const code of [...others, 'K7Q', 12_345_678, 4915, true, ['ABCD1234'], { a: 'ABCD1234' }])
      assert.equal(shown(code), '[hidden]', String(code));
    assert.deepEqual(redact({ pairingCode: 'DB_CORRUPT' }), { pairingCode: '[hidden]' });
  });

  it('lets no pairing code through that is not a known code', () => {
    const known = [
      ...Object.keys(errorCatalogue),
      ...[...getSystemErrorMap().values()].map(([name]) => name),
    ];
    const free = fc.stringMatching(/^[A-Z0-9]{8}$/);
    // Chance alone never makes words of letters.
    const likely = fc.stringMatching(/^E[A-Z]{7}$/);
    const parted = fc.constantFrom('', '-', '_', ' ');
    fc.assert(
      fc.property(fc.oneof(free, likely), parted, (code, sign) => {
        const spelled = `${code.slice(0, 4)}${sign}${code.slice(4)}`;
        fc.pre(!known.includes(spelled) && !Object.values(dns).includes(spelled as never));
        for (const one of [spelled, spelled.toLowerCase()])
          assert.doesNotMatch(JSON.stringify(redact({ link: { code: one } })), new RegExp(one));
      }),
    );
  });

  it('cuts depth and length', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 50; i += 1) deep = { deep };
    assert.doesNotMatch(JSON.stringify(redact(deep)), /bottom/);
    assert.equal((redact(Array.from({ length: 100 }, (_, i) => i)) as unknown[]).length, 20);
  });

  it('shows of an error what helps, and no line that the message made up', () => {
    const inner = new Error('bad input 4915112345678\n    at the secret place\nmore');
    const shown = redact(new TandemError('DB_LOCKED', { details: { table: 't' }, cause: inner })) as {
      code: string;
      details: unknown;
      frames: string[];
      cause: { frames: string[]; reason: string };
    };
    assert.equal(shown.code, 'DB_LOCKED');
    assert.deepEqual(shown.details, { table: 't' });
    assert.ok(shown.frames.length > 0);
    assert.ok(shown.cause.frames.every((line) => !line.includes('secret place')));
    assert.doesNotMatch(shown.cause.reason, /4915/);
  });
});

describe('createLogger', () => {
  it('writes one JSON line with program, level and redacted fields; children keep their fields', () => {
    const lines: string[] = [];
    const logger = createLogger({
      level: 'info',
      program: 'test',
      sink: { write: (line) => lines.push(line) },
    });
    logger.child({ chat: '4915112345678@s.whatsapp.net' }).warn('chat seen', { text: 'hello', n: 3 });
    logger.debug('not at this level');
    assert.equal(lines.length, 1);
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    assert.equal(line.program, 'test');
    assert.equal(line.msg, 'chat seen');
    assert.equal(line.n, 3);
    assert.equal(line.chat, '…5678@s.whatsapp.net');
    assert.equal(line.text, '[hidden]');
  });

  it('writes each of its own keys once: a field of the same name makes way', () => {
    const lines: string[] = [];
    const sink = { write: (line: string) => lines.push(line) };
    const logger = createLogger({ level: 'info', program: 'test', sink });
    logger.child({ level: 'ready' }).warn('seen', { time: 1, msg: 'mine', program: 'other' });
    logger.error('seen', { level: 'unlinked', pid: 7 });
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const key of ['level', 'time', 'msg', 'program'])
      assert.equal((lines[0] ?? '').split(`"${key}":`).length, 2, key);
    const { time, ...others } = first ?? {};
    const moved = { level_: 'ready', time_: 1, msg_: 'mine', program_: 'other' };
    assert.deepEqual(others, { level: 40, program: 'test', msg: 'seen', ...moved });
    assert.equal(typeof time, 'string');
    assert.deepEqual([second?.level, second?.level_, second?.pid], [50, 'unlinked', 7]);
  });
});
