import { chatOf, rowOf } from './row.ts';
import { messagePages, type Run } from './run.ts';

/** `{ chat, exported_at, messages }`, one message a line. */
export async function* jsonOf(run: Run): AsyncGenerator<string> {
  const { times } = run.deps;
  const chat = JSON.stringify(chatOf(run.chat));
  yield `{"chat":${chat},"exported_at":${JSON.stringify(times.isoMs(run.exportedAtMs))},"messages":[`;
  let separator = '\n';
  for await (const page of messagePages(run)) {
    yield `${separator}${page.map((record) => JSON.stringify(rowOf(record, times))).join(',\n')}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}
