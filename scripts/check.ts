import { spawn } from 'node:child_process';
import { fileSizeProblems } from './check/file-sizes.ts';
import { licenceProblems } from './check/licences.ts';
import { requirementProblems } from './check/requirements.ts';

/**
 * `npm run check`: everything about the code that can be told without running it.
 * Each step prints one line; a failing one prints what is wrong. Exit code 1 when anything is.
 */
interface Step {
  readonly name: string;
  run(): Promise<readonly string[]>;
}

function command(name: string, file: string, args: readonly string[]): Step {
  return {
    name,
    run: () =>
      new Promise((resolve) => {
        const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        child.stdout.on('data', (chunk) => (output += chunk));
        child.stderr.on('data', (chunk) => (output += chunk));
        child.on('close', (code) => resolve(code === 0 ? [] : [output.trim()]));
      }),
  };
}

const steps: readonly Step[] = [
  command('types', 'tsc', ['-p', '.']),
  command('lint and format', 'biome', ['ci', '--error-on-warnings', '.']),
  command('floors', 'depcruise', [
    '--output-type',
    'err',
    ...[
      'kernel',
      'engines',
      'history',
      'orchestrator',
      'sync-jobs',
      'mcp',
      'console',
      'cli',
      'simulator',
      'bench',
      'test',
    ],
  ]),
  command('dead code', 'knip', []),
  command('reference pages', process.execPath, ['scripts/docs.ts', '--check']),
  { name: 'file sizes', run: fileSizeProblems },
  { name: 'requirements', run: requirementProblems },
  { name: 'licences', run: licenceProblems },
];

let failed = 0;
for (const step of steps) {
  const startedAt = performance.now();
  const problems = await step.run();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(18)} ${seconds} s`);
  for (const problem of problems) console.log(problem.replace(/^/gm, '     '));
  if (problems.length > 0) failed += 1;
}
if (failed > 0) {
  console.log(`${failed} of ${steps.length} checks failed`);
  process.exitCode = 1;
}
