import type { Tongue } from './tongue.ts';

/** What the demo's groups talk about, so that a newcomer's first search finds conversations and not noise. */
const days = ['Monday', 'Tuesday', 'Thursday', 'Friday', 'Saturday', 'Sunday', 'tomorrow'] as const;

const family: Tongue = {
  lines: [
    'Dinner at ours on {day}, {time}. Bring an appetite',
    'Has anybody got the recipe for the {dish}?',
    'Landed safely, it is {n} degrees here',
    'Grandpa wants to know how to turn the pictures round again',
    'Who is picking up the cake for {day}?',
    'The dog ate the {dish}. All of it.',
    'Proud of you! How did the exam feel?',
    'Call me when you are up, nothing urgent',
    'I found the old photo album, look at your hair!',
    'Save me a slice of the {dish} please',
  ],
  slots: { day: days, dish: ['lemon tart', 'shepherd’s pie', 'lasagne', 'apple crumble', 'paella'] },
};

const cycling: Tongue = {
  lines: [
    '{day} ride: {n} km, meet at the {place} at {time}',
    'Puncture, go ahead, I will catch up at the {place}',
    'Headwind the whole way out, that was honest work',
    'Anyone got a spare inner tube, 700×28?',
    'New record up the hill: {n} seconds faster',
    'Lights on, it is dark by six now',
    'Café stop at the {place}, order me a flat white',
    'Out this week, knee is playing up',
    'Route is on the website, mind the gravel after the bridge',
  ],
  slots: { day: days, place: ['old mill', 'harbour café', 'canal bridge', 'bus station'] },
};

const office: Tongue = {
  lines: [
    'Movers come on {day} at {time}, please label your boxes',
    'Desk plan version {n} is in the shared folder',
    'The new lease is signed, keys on {day}',
    'Who ordered {n} chairs? We have room for twelve',
    'The network cabinet needs two more power sockets',
    'Invoice from the electrician: {amount}, approved?',
    'Server room stays off limits until {day}',
    'Coffee machine travels in my car, not negotiable',
    'Minutes are out, three open points for {day}',
  ],
  slots: { day: days },
};

const flat: Tongue = {
  lines: [
    'Bins go out tonight, blue and brown',
    'Electricity bill is {amount} each, due on {day}',
    'Heating engineer comes on {day} at {time}, can somebody be in?',
    'Whose parcel is in the hallway? It has been there for {n} days',
    'Please do not put glass into the paper bin',
    'Router restarted, try now',
    'I transferred my share, {amount}',
    'There is a leak under the sink, bucket is in place',
  ],
  slots: { day: days },
};

const garden: Tongue = {
  lines: [
    'Watering rota for this week: {day} is still free',
    'The {crop} are ready, help yourselves at plot {n}',
    'Slugs got the {crop} again',
    'Swapping {crop} seeds for anything that likes shade',
    'Gate code changes on {day}, it is on the notice board',
    'Compost delivery on {day} at {time}, bring a wheelbarrow',
    'Harvest supper: who brings plates, who brings soup?',
    'Frost tonight! Cover the {crop}',
    'Found a hedgehog by the water butt, tread carefully',
  ],
  slots: {
    day: days,
    crop: ['tomatoes', 'courgettes', 'runner beans', 'strawberries', 'pumpkins', 'broad beans'],
  },
};

export const THEMES = { family, cycling, office, flat, garden } as const;
