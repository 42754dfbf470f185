import { cleanName } from './clean-text.ts';

/** The store marks hits with two private-use characters; readers know asterisks. */
const MARKS = /[\ue000-\ue001]/g;

export function presentSnippet(snippet: string): string {
  return cleanName(snippet.replace(MARKS, '**'));
}
