import { csvHeader, csvLine } from './csv.ts';
import { rowOf } from './row.ts';
import { messagePages, type Run } from './run.ts';

export async function* csvOf(run: Run): AsyncGenerator<string> {
  yield csvHeader();
  for await (const page of messagePages(run)) {
    yield page.map((record) => csvLine(rowOf(record, run.deps.times))).join('');
  }
}
