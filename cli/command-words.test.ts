import assert from 'node:assert/strict';
import { commandCompleter, edited, namesOf } from './command-words.ts';
import { createIo } from './io.ts';
import { createProgram } from './main.ts';
import { createColours } from './render/colours.ts';
import { createTerminal } from './render/terminal.ts';

describe('commands in advice', () => {
  const names = namesOf(createProgram(createIo()));
  const complete = commandCompleter(names, '/my data');
  const DIR = `--data-dir '/my data'`;

  it('are all those that take a data directory', () => {
    for (const name of ['up', 'status', 'mcp', 'history fetch', 'history resume'])
      assert.ok(names.includes(name), name);
    assert.ok(!names.includes('history'));
  });

  it('name the folder that was given, wherever they stand in a line', () => {
    assert.equal(
      complete('Run `tandem link`, or see `tandem history jobs job_1`.'),
      `Run \`tandem link ${DIR}\`, or see \`tandem history jobs ${DIR} job_1\`.`,
    );
    assert.equal(complete('tandem link --phone +…'), `tandem link ${DIR} --phone +…`);
    assert.equal(complete('`npx tandem doctor --get-browser`'), `\`npx tandem doctor ${DIR} --get-browser\``);
    const { dim } = createColours(true);
    assert.equal(complete(dim('tandem history resume job_1')), dim(`tandem history resume ${DIR} job_1`));
    assert.equal(commandCompleter(names, '/data')('`tandem up`'), '`tandem up --data-dir /data`');
  });

  it('are left as they are where they name one, and so is what is no command', () => {
    for (const text of [
      `tandem status ${DIR}`,
      'Stop Tandem and restart.',
      'One tandem service.',
      'tandem history',
      'tandem upgrade',
      'http://host/tandem up',
      '"args": ["tandem", "mcp"]',
    ])
      assert.equal(complete(text), text);
  });

  it('are completed in lines that stay, in those that are redrawn, and in plain ones', () => {
    let text = '';
    const stream = {
      write: (part: string) => {
        text += part;
        return true;
      },
    };
    const plain = edited(createTerminal(stream, {}), complete);
    plain.print('one: `tandem up`', 'two');
    plain.live([], 'three: `tandem link`');
    const screen = edited(createTerminal({ ...stream, isTTY: true }, {}), complete);
    screen.live(['four: `tandem status`'], null);
    assert.equal([...text.matchAll(/tandem \w+ --data-dir '\/my data'/g)].length, 3);
  });
});
