import { errorCatalogue } from '#kernel/error-catalogue.ts';
import { GENERATED, markdownTable } from './markdown.ts';

export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, entry]) => [
      `\`${code}\``,
      String(entry.status),
      entry.retriable ? 'yes' : 'no',
      entry.what,
      entry.next,
    ]);
  return `# Errors
${GENERATED}

Every error has a code that does not change, says what happened and what to do next. MCP tools answer with
\`isError\` and \`error: {code, message, hint, retryable, retry_after_s?, engine?, details?}\`; HTTP routes answer with the
same object and the status below; the command line prints the three sentences and exits with 1.
"Again?" says whether repeating the same request later can succeed.

${markdownTable(['Code', 'HTTP', 'Again?', 'What happened', 'What to do'], rows)}
`;
}
