import type { Dice } from './dice.ts';
import { THEMES } from './themes.ts';
import type { Tongue } from './tongue.ts';

// Every script is here because some search index or text column has failed on it.

const TIMES = ['07:45', '09:30', '12:15', '14:00', '16:40', '18:30', '20:00', '21:15'] as const;
const AMOUNTS = ['12', '18,50', '24', '35', '47.90', '60', '120', '250'] as const;
const EMOJI = ['👍', '😂', '❤️', '🙏🏽', '🎉', '👩‍👩‍👧', '🇩🇪', '🚲', '☕', '🤷‍♀️', '🔥', '🥐'] as const;

const english: Tongue = {
  lines: [
    'Are we still on for {day} at {time}?',
    'I left the {thing} at your place, could you bring it {day}?',
    'The train is {n} minutes late again, start without me',
    'Just booked the {place} for {day}, table for {n}',
    'Can you send me the address of the {place}? I always end up at the wrong one',
    'Paid {amount} for the {thing}, split it three ways?',
    'The meeting moved to {time}, same room',
    'Happy birthday! Wishing you a wonderful year, see you at the {place} on {day}',
    'Please remember the {thing}, we were short of one last time',
    'Looks like rain on {day}, shall we say {place} instead?',
    'Thanks so much for the {thing}, it saved my whole week',
    'No worries, take your time',
    'The invoice {n}-{n} went out this morning, they should have it by {time}',
    'Who has the keys to the {place}? The door is locked',
    'I will be around from {time}, ring the bell twice',
    'Did anyone see the {thing} I put next to the door?',
    'ok',
    'On my way 🚲',
  ],
  slots: {
    day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday', 'tomorrow'],
    thing: ['umbrella', 'projector', 'blue folder', 'bike pump', 'casserole', 'charger', 'ladder', 'tent'],
    place: ['harbour café', 'library', 'allotment', 'community hall', 'bakery', 'swimming pool', 'old mill'],
  },
};

const german: Tongue = {
  lines: [
    'Schaffst du es {day} um {time} zum {place}?',
    'Ich hätte gern noch {n} Brötchen, süß oder mit Körnern, ganz egal',
    'Die Straße ist gesperrt, fahr lieber über Köln-Mülheim',
    'Größe passt, Farbe auch – danke fürs Mitbringen!',
    'Der Müll kommt diese Woche schon {day}',
    'Überweise dir gleich die {amount} Euro',
    'Wir grillen {day}, bringt bitte {thing} mit',
  ],
  slots: {
    day: ['Montag', 'Mittwoch', 'Freitag', 'übermorgen', 'am Wochenende'],
    thing: ['Kartoffelsalat', 'Getränke', 'Stühle', 'Käse', 'Würstchen'],
    place: ['Bahnhof', 'Schrebergarten', 'Rathaus', 'Freibad'],
  },
};

const french: Tongue = {
  lines: [
    'On se retrouve {day} à {time} devant la {place} ?',
    'J’ai oublié la clé chez toi, ça t’embête de la déposer ?',
    'Où est-ce qu’on met les {n} chaises ? Là-bas, près du chêne ?',
    'Merci pour hier, c’était délicieux – surtout la crème brûlée',
    'Je t’appelle vers {time}, d’accord ?',
    'Il pleut des cordes ici, reste au sec',
    'Tu pourras garder le chat {day} ?',
    'C’est noté, à très vite',
  ],
  slots: {
    day: ['lundi', 'mercredi', 'jeudi', 'samedi', 'dimanche'],
    place: ['bibliothèque', 'gare', 'mairie', 'crêperie'],
  },
};

const iberian: Tongue = {
  lines: [
    '¿Quedamos {day} a las {time}? Mañana no puedo, tengo médico',
    'El niño ya está mejor, gracias por preguntar',
    'A reunião passou para as {time}, não te esqueças do relatório',
    'Não há pão, só broa. Trago {n}?',
    'Ci vediamo alle {time}, porto io il caffè',
  ],
  slots: { day: ['el lunes', 'el sábado', 'el miércoles'] },
};

const latinMore: Tongue = {
  lines: [
    'Tối nay {time} mình gặp nhau ở quán phở nhé, đừng quên mang áo mưa',
    'Yarın saat {time} için randevu aldım, İstanbul tarafında buluşalım',
    'Zażółć gęślą jaźń – a tak serio: przyjedź o {time}',
    'Příliš žluťoučký kůň… promiň, přijdu v {time}',
    'Vi ses på lørdag, tag {n} æbler med til grøden',
    'Kan du köpa {n} kanelbullar på vägen hem? Å, och smör',
    'Találkozunk {time}-kor a főtéren, hozz fényképezőgépet',
    'Să nu uiți mâine de ședință, începe la {time}',
  ],
  slots: {},
};

const cyrillic: Tongue = {
  lines: [
    'Завтра в {time} встречаемся у {place}, не опаздывай',
    'Купи, пожалуйста, {n} литра молока и хлеб',
    'Бабушка передаёт привет и ждёт всех в воскресенье',
    'Дякую за допомогу, без тебе я б не впорався',
    'Зустріч перенесли на {time}, кімната та сама',
    'Щё одно: ключи лежат у соседки',
  ],
  slots: { place: ['вокзала', 'библиотеки', 'рынка', 'моста'] },
};

const arabic: Tongue = {
  lines: [
    'نلتقي غدًا الساعة {time} أمام {place} إن شاء الله',
    'شكرًا جزيلًا على المساعدة، لن أنسى ذلك',
    'هل وصلت الطلبية رقم {n}؟ أخبرني من فضلك',
    '\u200fالفاتورة PDF أرسلتها إلى info@example.org\u200f قبل قليل',
    'الجو جميل اليوم، ما رأيك في نزهة؟ ☕',
  ],
  slots: { place: ['المكتبة', 'المسجد', 'المحطة', 'المقهى'] },
};

const hebrew: Tongue = {
  lines: [
    'ניפגש מחר בשעה {time} ליד {place}',
    'תודה רבה על העזרה, זה הציל אותי',
    'שכחתי את המטרייה אצלך \u200e(the blue one)\u200e תביא בבקשה',
    'הפגישה נדחתה ל-{time}, אותו חדר',
  ],
  slots: { place: ['הספרייה', 'התחנה', 'השוק'] },
};

const indic: Tongue = {
  lines: [
    'कल शाम {time} बजे {place} पर मिलते हैं',
    'माँ ने कहा है कि रविवार को सब घर आना',
    'धन्यवाद! किताब बहुत अच्छी लगी, अगली कब दोगे?',
    'இன்று மாலை {time} மணிக்கு கோவிலில் சந்திப்போம்',
    'আজ সন্ধ্যা {time} টায় দেখা হবে, ছাতা আনতে ভুলো না',
  ],
  slots: { place: ['स्टेशन', 'बाज़ार', 'पुस्तकालय'] },
};

const chinese: Tongue = {
  lines: [
    '明天下午{time}在{place}门口见，别迟到哦',
    '妈妈问你周末回不回家吃饭，她包了{n}个饺子',
    '会议改到{time}了，还是原来的会议室',
    '收到，谢谢！发票我已经转给财务了',
    '這家咖啡館的抹茶拿鐵真的很好喝☕',
  ],
  slots: { place: ['图书馆', '火车站', '公司', '体育馆'] },
};

const japanese: Tongue = {
  lines: [
    '明日{time}に{place}の前で待ち合わせしましょう',
    'お土産を{n}個買いました！みんなで食べてね🍵',
    '会議は{time}に変更になりました。よろしくお願いします',
    'すみません、電車が遅れているので先に始めてください',
    'ラーメン食べに行かない？ｼｮｯﾋﾟﾝｸﾞの後で',
  ],
  slots: { place: ['図書館', '渋谷駅', '喫茶店'] },
};

const thai: Tongue = {
  lines: [
    'พรุ่งนี้เจอกันที่สถานีรถไฟตอน {time} น. อย่าลืมเอาร่มมาด้วยนะ',
    'ขอบคุณมากที่ช่วยเรื่องเอกสาร เดี๋ยวเลี้ยงกาแฟ',
    'ถึงบ้านแล้วนะ ฝนตกหนักมาก',
    'วันเสาร์นี้ว่างไหม ไปกินก๋วยเตี๋ยวกัน',
    'ส่งรูปให้ดูหน่อยสิ',
  ],
  slots: {},
};

const mekong: Tongue = {
  lines: [
    'ស្អែកជួបគ្នានៅផ្សារម៉ោង {time} កុំភ្លេចយកឆ័ត្រ',
    'អរគុណច្រើនសម្រាប់ជំនួយរបស់អ្នក',
    'မနက်ဖြန် {time} နာရီမှာ ဘူတာရုံမှာ တွေ့ကြမယ်',
    'ကျေးဇူးတင်ပါတယ် စာအုပ်က အရမ်းကောင်းတယ်',
    'ພົບກັນມື້ອື່ນຢູ່ຕະຫຼາດ ເວລາ {time}',
  ],
  slots: {},
};

const korean: Tongue = {
  lines: [
    '내일 {time}에 {place} 앞에서 만나요, 늦지 마세요',
    '엄마가 김치 {n}포기 담그셨대, 주말에 가지러 와',
    '회의가 {time}으로 변경되었습니다',
    '고마워요! 덕분에 잘 해결됐어요 ㅎㅎ',
  ],
  slots: { place: ['도서관', '서울역', '카페'] },
};

const TONGUES = {
  english,
  german,
  french,
  iberian,
  latinMore,
  cyrillic,
  arabic,
  hebrew,
  indic,
  chinese,
  japanese,
  thai,
  mekong,
  korean,
  ...THEMES,
} as const;

export type TongueName = keyof typeof TONGUES;

/** The languages that generated people speak. */
export const TONGUE_NAMES: readonly TongueName[] = [
  'english',
  'german',
  'french',
  'iberian',
  'latinMore',
  'cyrillic',
  'arabic',
  'hebrew',
  'indic',
  'chinese',
  'japanese',
  'thai',
  'mekong',
  'korean',
];

const fill = (line: string, tongue: Tongue, dice: Dice): string =>
  line.replace(/\{(\w+)\}/g, (_, slot: string) => {
    if (slot === 'n') return String(2 + dice.below(48));
    if (slot === 'time') return dice.pick(TIMES);
    if (slot === 'amount') return dice.pick(AMOUNTS);
    return dice.pick(tongue.slots[slot] ?? ['…']);
  });

/** A message in one language; now and then with an emoji, a second sentence, a link or a reference number. */
export const composeText = (name: TongueName, dice: Dice): string => {
  const tongue = TONGUES[name];
  const first = dice.below(tongue.lines.length);
  const lineAt = (at: number): string => fill(tongue.lines[at % tongue.lines.length] ?? '', tongue, dice);
  let text = lineAt(first);
  if (dice.chance(18)) text += `\n${lineAt(first + 1 + dice.below(tongue.lines.length - 1))}`;
  if (dice.chance(15)) text += ` ${dice.pick(EMOJI)}`;
  if (dice.chance(3)) text += ` https://example.org/p/${dice.hex(6).toLowerCase()}`;
  if (dice.chance(2)) text += ` ref ${dice.hex(7)}`;
  return text;
};

/** Nothing but emoji, family and flag sequences included. */
export const composeEmoji = (dice: Dice): string =>
  Array.from({ length: 1 + dice.below(3) }, () => dice.pick(EMOJI)).join('');

export const REACTION_EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🙏', '🎉', '👏🏿'] as const;
