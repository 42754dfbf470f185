import { fold } from '../search/fold.ts';

export interface PersonNames {
  readonly customName: string | null;
  readonly bookName: string | null;
  readonly pushName: string | null;
  readonly pushNameAt: number;
  readonly businessName: string | null;
}

/** Custom, then address book, then the name the person chose, then the business name. */
export function bestName(names: PersonNames): string | null {
  return names.customName ?? names.bookName ?? names.pushName ?? names.businessName;
}

/** All names in the form in which they are compared, one a line, best first. */
export function foldedNames(names: PersonNames): string {
  const all = [names.customName, names.bookName, names.pushName, names.businessName];
  return [...new Set(all.filter((name) => name !== null).map(fold))].join('\n');
}

/** The newer push name wins; an empty one says nothing. */
export function mergePushName(known: PersonNames, name: string | undefined, at: number): PersonNames {
  if (name === undefined || name.trim() === '') return known;
  if (
    known.pushName !== null &&
    (at < known.pushNameAt || (at === known.pushNameAt && name <= known.pushName))
  )
    return known;
  return { ...known, pushName: name, pushNameAt: at };
}

/** Two rows of one person: the kept row's names stand, the other fills the gaps. */
export function mergePeopleNames(kept: PersonNames, merged: PersonNames): PersonNames {
  const pushed = mergePushName(kept, merged.pushName ?? undefined, merged.pushNameAt);
  return {
    ...pushed,
    customName: kept.customName ?? merged.customName,
    bookName: kept.bookName ?? merged.bookName,
    businessName: kept.businessName ?? merged.businessName,
  };
}
