import { DEMO_OWNER, DEMO_PEOPLE } from './demo-cast.ts';
import { createDice, seedWord } from './dice.ts';
import type { AccountShape, SimPerson } from './model.ts';
import { ME } from './model.ts';
import type { TongueName } from './texts.ts';
import { TONGUE_NAMES } from './texts.ts';

export interface Cast {
  readonly me: SimPerson;
  /** `p0`, `p1`, … in order. The first `directChats` of them have a chat. */
  readonly people: readonly SimPerson[];
  tongueOf(number: number): TongueName;
}

const FIRST = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Élodie', 'Farah', 'Grace', 'Hüseyin', 'Ines', 'João'];
const LAST = [
  'Adeyemi',
  'Ørsted',
  'Nguyễn',
  'Kowalska',
  'Müller',
  'Šimić',
  "O'Neill",
  'Tanaka',
  'Rossi',
  'Shah',
];
const ABOUTS = ['At work', 'Available', 'Battery about to die', 'ساكت', '休憩中', 'Only calls on weekends'];

/** People who share groups with the owner but have never written: they need no address book entry. */
const strangersFor = (shape: AccountShape): number =>
  shape.groups + shape.communities === 0 ? 0 : 16 + (shape.groups + shape.communities) * 2;

/** The hidden identity of the n-th person: 15 digits, unrelated to the number. */
const lidOf = (word: number, n: number): string =>
  `${100_000_000_000_000 + (word % 1_000_003) * 100_000_000 + n * 9_973}@lid`;

/** Area code 555 belongs to nobody. */
const pnOf = (n: number): string =>
  `1555${String(2_000_000 + ((n * 37_199) % 7_999_993)).padStart(7, '0')}@s.whatsapp.net`;

const generated = (word: number, n: number, stranger: boolean): SimPerson => {
  const dice = createDice(word, 0x9e, n);
  const name = `${dice.pick(FIRST)} ${dice.pick(LAST)}`;
  // Fixed proportions, so that even a dozen people contain every kind.
  const pnOnly = !stranger && n % 8 === 3;
  const lidOnly = stranger ? n % 2 === 0 : n % 8 === 5;
  const pushed = n % 5 !== 2 && n % 5 !== 4;
  const inBook = !stranger && !lidOnly && n % 5 !== 0 && n % 5 !== 2;
  return {
    key: `p${n}`,
    pn: lidOnly ? null : pnOf(n),
    lid: pnOnly ? null : lidOf(word, n),
    pushName: pushed ? name : null,
    bookName: inBook ? `${name}${n % 3 === 0 ? ' (club)' : ''}` : null,
    about: dice.chance(60) ? dice.pick(ABOUTS) : null,
    pictureId: dice.chance(50) ? String(1_600_000_000 + dice.below(100_000_000)) : null,
  };
};

export const createCast = (shape: AccountShape): Cast => {
  const word = seedWord(`${shape.seed}/people`);
  const hand = shape.cast === 'demo' ? DEMO_PEOPLE : [];
  const total = Math.max(hand.length, shape.directChats) + strangersFor(shape);
  const people: SimPerson[] = [];
  for (let n = 0; n < total; n++) {
    const written = hand[n];
    if (written === undefined) people.push(generated(word, n, n >= shape.directChats));
    else {
      const { known, pn, tongue: _tongue, ...rest } = written;
      people.push({
        ...rest,
        key: `p${n}`,
        pn: known === 'lid' ? null : pn,
        lid: known === 'pn' ? null : lidOf(word, n),
        pictureId: String(1_650_000_000 + n * 7_919),
      });
    }
  }
  return {
    me: { ...DEMO_OWNER, key: ME, lid: `${String(seedWord(`${shape.seed}/me`)).padStart(10, '0')}00421@lid` },
    people,
    // Every second generated person writes English, so that word counts stay useful for benchmarks.
    tongueOf: (n) =>
      hand[n]?.tongue ??
      (n % 2 === 0 ? 'english' : (TONGUE_NAMES[(n >> 1) % TONGUE_NAMES.length] ?? 'english')),
  };
};
