import { MARK_END, MARK_START } from '#history/search/highlight.ts';
import { cleanName } from './clean-text.ts';

/** The store marks hits with characters that no text holds; readers know asterisks. */
export function presentSnippet(snippet: string): string {
  return cleanName(snippet.replaceAll(MARK_START, '**').replaceAll(MARK_END, '**'));
}
