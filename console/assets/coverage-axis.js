// Where the axis of time is marked.

const DAY = 86_400;
const DAYS_PER_MONTH = 30.4;
/** In less time than this days are marked instead of months. */
const MONTHS_FOR_MONTHS = 3;
const STEPS_IN_MONTHS = [1, 3, 6, 12];
const MARKS_MAX = 400;

/**
 * Marks between two times (seconds), as [seconds, words, is the beginning of a year]: days, months, quarters or years, the finest
 * of which at most `room` have room.
 */
export function marksOf(begin, now, room) {
  const days = (now - begin) / DAY;
  const all =
    days < MONTHS_FOR_MONTHS * DAYS_PER_MONTH
      ? dayMarks(begin, now, days / room)
      : monthMarks(begin, now, days, room);
  const skip = Math.max(1, Math.ceil(all.length / Math.max(1, room)));
  return all.filter((_, index) => index % skip === 0);
}

function dayMarks(begin, now, daysAMark) {
  const step = Math.max(1, Math.ceil(daysAMark));
  const marks = [];
  const from = new Date(begin * 1000);
  for (let day = 1; marks.length < MARKS_MAX; day += step) {
    const date = new Date(from.getFullYear(), from.getMonth(), from.getDate() + day);
    if (date.getTime() / 1000 >= now) return marks;
    marks.push([
      date.getTime() / 1000,
      date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' }),
      false,
    ]);
  }
  return marks;
}

function monthMarks(begin, now, days, room) {
  const step = STEPS_IN_MONTHS.find((months) => days / (months * DAYS_PER_MONTH) <= room) ?? 12;
  const marks = [];
  const from = new Date(begin * 1000);
  for (let month = Math.floor(from.getMonth() / step) * step; marks.length < MARKS_MAX; month += step) {
    const date = new Date(from.getFullYear(), month, 1);
    const time = date.getTime() / 1000;
    if (time >= now) return marks;
    if (time < begin) continue;
    const isYear = date.getMonth() === 0;
    marks.push([
      time,
      isYear ? String(date.getFullYear()) : date.toLocaleDateString(undefined, { month: 'short' }),
      isYear,
    ]);
  }
  return marks;
}
