// The health check of the containers: `node deploy/health.mjs URL` ends with 0 when the address answers 200 in time, else with 1.
// It asks whether the process lives. An engine that waits for somebody to link it is well.
import { get } from 'node:http';

/** Below the time that Docker gives it, so that it can say why. */
const ANSWER_MS = 4_000;

const fail = (reason) => {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
};

const [, , url = ''] = process.argv;
if (!/^http:\/\//.test(url) || !URL.canParse(url))
  fail('usage: node deploy/health.mjs http://HOST:PORT/PATH');
setTimeout(() => fail('no answer in time'), ANSWER_MS).unref();
get(url, (answer) => {
  if (answer.statusCode === 200) process.exit(0);
  fail(`answered ${answer.statusCode}`);
}).once('error', (error) => fail(error.message));
