const PLAIN = /^[\x20-\x7e]*$/;
const MARKS = /\p{Diacritic}/gu;

/** The form in which names and texts are compared where no tokenizer is at hand: no case, no diacritics. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text.normalize('NFD').replace(MARKS, '').toLowerCase().replaceAll('ß', 'ss').normalize('NFC');
}
