import type { SimPerson } from './model.ts';
import type { TongueName } from './texts.ts';

/** Numbers come from the ranges that regulators keep free for fiction. */
export const DEMO_OWNER: Omit<SimPerson, 'key' | 'lid'> = {
  pn: '447700900142@s.whatsapp.net',
  pushName: 'Robin Hartley',
  bookName: null,
  about: 'On two wheels, mostly',
  pictureId: '1712345678',
};

interface DemoPerson extends Omit<SimPerson, 'key' | 'lid' | 'pictureId'> {
  readonly known: 'both' | 'pn' | 'lid';
  readonly tongue: TongueName;
}

const person = (
  digits: string,
  pushName: string | null,
  bookName: string | null,
  about: string | null,
  tongue: TongueName,
  known: DemoPerson['known'] = 'both',
): DemoPerson => ({ pn: `${digits}@s.whatsapp.net`, pushName, bookName, about, tongue, known });

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  person('447700900201', 'Maya', 'Maya Okafor', 'Teaching until four', 'english'),
  person('447700900202', 'Tom H.', 'Tom (brother)', null, 'english'),
  person('447700900203', 'mum 🌷', 'Mum', 'Hey there! I am using WhatsApp.', 'english'),
  person('33639981204', 'Élodie', 'Élodie Garnier', 'À Lyon', 'french'),
  person('61491570156', null, 'Plumber Jack', null, 'english', 'pn'),
  person('447700900206', 'Jürgen B.', 'Jürgen Böhm', 'Nicht stören', 'german'),
  person('447700900207', 'さくら', 'Sakura Itō', null, 'japanese'),
  person('447700900208', 'ياسمين', 'Yasmin', 'الحمد لله', 'arabic'),
  person('447700900209', 'Niran', null, null, 'thai', 'lid'),
  person('447700900210', 'Олена', 'Olena (bakery)', 'Печу хліб', 'cyrillic'),
  person('447700900211', null, null, null, 'english'),
  person('447700900212', '小明', 'Xiao Ming', null, 'chinese'),
  person('447700900213', 'Priya Nair', 'Priya – allotment', 'Tomatoes!', 'indic'),
];

export const DEMO_GROUPS: readonly { readonly name: string; readonly theme: TongueName }[] = [
  { name: 'Family 🏡', theme: 'family' },
  { name: 'Thursday ride', theme: 'cycling' },
  { name: 'Office moves 2026', theme: 'office' },
  { name: 'Flat 3 – bins & bills', theme: 'flat' },
];

/** What the members of a group of the demo write about. */
export const demoTheme = (chatKey: string): TongueName =>
  chatKey.startsWith('c') ? 'garden' : (DEMO_GROUPS[Number(chatKey.slice(1))]?.theme ?? 'english');

export const DEMO_COMMUNITIES: readonly { readonly name: string; readonly groups: readonly string[] }[] = [
  { name: 'Mill Lane Allotments', groups: ['Seed swap', 'Watering rota', 'Harvest supper'] },
];
