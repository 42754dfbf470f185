import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { nowSeconds } from '#kernel/clock.ts';
import { BYTES_PER_MEGABYTE } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';

const DAY_SECONDS = 86_400;
const RATE_DAYS = 30;
const DAYS_A_YEAR = 365;
/** Time enough to get another disk. */
const ROOM_WARNING_DAYS = 60;

/** How long messages are kept, and when the disk will be full at the rate of the last month. */
export async function checkGrowth({ history, config, dataDir, clock }: ServiceContext): Promise<Check> {
  const kept =
    config.retentionDays === 0
      ? 'Everything is kept.'
      : `Messages are kept for ${config.retentionDays} days.`;
  const { messages, bytes } = await history.overview();
  const since = nowSeconds(clock) - RATE_DAYS * DAY_SECONDS;
  const lately =
    (await history.messages.list({ order: 'newest', limit: 1, since, withTotal: true })).total ?? 0;
  if (messages === 0 || lately === 0)
    return passed('growth', `${kept} Nothing was written in the last month.`);
  const aMonth = (bytes / messages) * lately;
  const { bavail, bsize } = await statfs(dataDir.root);
  const roomDays = Math.floor(((bavail * bsize) / aMonth) * RATE_DAYS);
  const finding = `${kept} The history grows by some ${megabytes(aMonth)} MB a month, media by at most ${config.mediaQuotaMb} MB; the disk has room for ${inWords(roomDays)}.`;
  if (roomDays >= ROOM_WARNING_DAYS) return passed('growth', finding);
  const remedy =
    config.retentionDays === 0
      ? 'Free some space, or let TANDEM_RETENTION_DAYS delete what is old.'
      : 'Free some space, or keep fewer days with TANDEM_RETENTION_DAYS.';
  return failed('growth', 'warning', finding, remedy, 'DB_DISK_FULL');
}

/** Copies that were made before migrations, and damaged files that a repair has kept. */
export async function checkBackups({ dataDir, clock }: ServiceContext): Promise<Check> {
  const names = await readdir(dataDir.backupDir).catch(() => []);
  const files = await Promise.all(
    names.filter((name) => name.endsWith('.db')).map((name) => stat(join(dataDir.backupDir, name))),
  );
  if (files.length === 0)
    return passed('backups', 'No copy yet: one is made by itself before the form of the database changes.');
  const newest = Math.max(...files.map(({ mtimeMs }) => mtimeMs));
  const days = Math.max(0, Math.floor((clock.now() - newest) / 1_000 / DAY_SECONDS));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const damaged = names.filter((name) => name.includes('-damaged-') && name.endsWith('.db')).length;
  const kept = damaged === 0 ? '' : ` ${damaged} of them damaged files that a repair has kept.`;
  return passed(
    'backups',
    `${files.length} copies, ${megabytes(bytes)} MB, the newest ${days} days old.${kept}`,
  );
}

function megabytes(bytes: number): number {
  return Math.round((bytes / BYTES_PER_MEGABYTE) * 10) / 10;
}

function inWords(days: number): string {
  if (days > 10 * DAYS_A_YEAR) return 'more than ten years';
  return days > DAYS_A_YEAR ? `${Math.floor(days / DAYS_A_YEAR)} years` : `${days} days`;
}
