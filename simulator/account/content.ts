import type { Dice } from './dice.ts';
import type { MediaKind, SimContent, SimMedia } from './model.ts';
import { MEDIA_MIME } from './sample-media.ts';
import { composeEmoji, composeText, type TongueName } from './texts.ts';

const MIN_MEDIA_BYTES = 200;

const PLACES = [
  { name: 'Harbour café', address: '4 Quay Street', latitude: 51.4495, longitude: -2.5981 },
  { name: 'Old mill', address: 'Mill Lane', latitude: 52.2053, longitude: 0.1218 },
  { name: null, address: null, latitude: -33.8568, longitude: 151.2153 },
  { name: '渋谷駅', address: null, latitude: 35.658, longitude: 139.7016 },
] as const;

const DOCUMENTS = ['Invoice', 'Minutes', 'Übersicht', 'план', '領収書', 'boarding pass'] as const;
const QUESTIONS = [
  'Which day suits you?',
  'Where shall we eat?',
  'Wer bringt was mit?',
  '何時にする？',
] as const;
const OPTIONS = ['Friday', 'Saturday', 'Sunday', 'pizza', 'curry', '寿司', 'egal', 'neither'] as const;

const mediaOf = (
  kind: MediaKind,
  blobSeed: string,
  tongue: TongueName,
  maxBytes: number,
  dice: Dice,
): SimMedia => {
  const visual = kind === 'image' || kind === 'video' || kind === 'sticker';
  const side = 16 + dice.below(32);
  const isPlainText = kind === 'document' && dice.chance(30);
  const name = `${dice.pick(DOCUMENTS)} ${1 + dice.below(90)}`;
  return {
    kind,
    blobSeed,
    bytes: MIN_MEDIA_BYTES + dice.below(Math.max(1, maxBytes - MIN_MEDIA_BYTES)),
    mimeType: isPlainText ? 'text/plain' : MEDIA_MIME[kind],
    fileName: kind === 'document' ? `${name}.${isPlainText ? 'txt' : 'pdf'}` : null,
    caption: (kind === 'image' || kind === 'video') && dice.chance(45) ? composeText(tongue, dice) : null,
    seconds: kind === 'audio' || kind === 'voice' || kind === 'video' ? 1 + dice.below(180) : null,
    width: visual ? side : null,
    height: visual ? side : null,
    expired: dice.chance(4),
  };
};

const MEDIA_KINDS: readonly MediaKind[] = [
  'image',
  'image',
  'image',
  'voice',
  'video',
  'document',
  'sticker',
  'audio',
];

/** What one generated message says. */
export const composeContent = (
  dice: Dice,
  tongue: TongueName,
  blobSeed: string,
  maxMediaBytes: number,
): SimContent => {
  const roll = dice.below(100);
  if (roll < 82) return { type: 'text', text: composeText(tongue, dice) };
  if (roll < 85) return { type: 'text', text: composeEmoji(dice) };
  if (roll < 95)
    return { type: 'media', media: mediaOf(dice.pick(MEDIA_KINDS), blobSeed, tongue, maxMediaBytes, dice) };
  if (roll < 97) return { type: 'location', ...dice.pick(PLACES) };
  if (roll < 98)
    return { type: 'contact', name: 'Sam Field', phone: `+1555${2_000_000 + dice.below(7_999_993)}` };
  const first = dice.below(OPTIONS.length - 3);
  const options = OPTIONS.slice(first, first + 3);
  return {
    type: 'poll',
    question: dice.pick(QUESTIONS),
    options,
    selectable: dice.chance(50) ? 1 : options.length,
  };
};
