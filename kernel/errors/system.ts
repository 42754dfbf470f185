import { entry } from './entry.ts';

/** The service itself: its settings, files, database and queue. */
export const system = {
  CONFIG_INVALID: entry(
    500,
    false,
    'A setting has a value that does not fit.',
    'Correct the settings named in the details; docs/reference/settings.md lists them all.',
  ),
  INSECURE_LISTENER: entry(
    500,
    false,
    'The service refuses to listen beyond this machine without an access token.',
    'Set TANDEM_TOKEN (32 characters or more), or listen on 127.0.0.1.',
  ),
  PORT_IN_USE: entry(
    500,
    false,
    'The port is taken by another program.',
    'Stop that program or choose another port; the details name it.',
  ),
  INSTANCE_ALREADY_RUNNING: entry(
    409,
    false,
    'Another Tandem owns this data directory.',
    'Use the running one, stop it, or choose another TANDEM_DATA_DIR.',
  ),
  NOT_RUNNING: entry(
    503,
    true,
    'No Tandem service is running for this data directory.',
    'Start it with `tandem up`.',
  ),
  DATA_DIR_UNUSABLE: entry(
    500,
    false,
    'The data directory cannot be used.',
    'Check that it exists on a writable disk and belongs to you.',
  ),
  DB_LOCKED: entry(
    503,
    true,
    'The database is held by another process.',
    'Close the other program and try again.',
  ),
  DB_CORRUPT: entry(
    500,
    false,
    'The database file is damaged.',
    'Stop Tandem and run `tandem repair`: it saves what can be read of the history and keeps the damaged file. The link to the phone is kept apart and not affected.',
  ),
  DB_READ_ONLY: entry(
    507,
    false,
    'The database cannot be written.',
    'Make the data directory writable and restart.',
  ),
  DB_DISK_FULL: entry(
    507,
    true,
    'The disk is full.',
    'Free some space; Tandem goes on by itself, nothing that arrived is lost.',
  ),
  DB_MIGRATION_FAILED: entry(
    500,
    false,
    'The database could not be brought to this version.',
    'The file is unchanged; see the log, or go back to the earlier version of Tandem.',
  ),
  DATABASE_ERROR: entry(500, true, 'The database reported an error.', 'Run `tandem doctor`.'),
  QUEUE_UNAVAILABLE: entry(
    503,
    true,
    'The job queue does not answer.',
    'Try again in a minute. If REDIS_URL is set, see that Redis runs there; jobs are kept in the database and go on by themselves.',
  ),
  NODE_TOO_OLD: entry(
    500,
    false,
    'This Node.js is too old for Tandem.',
    'Use Node 22.18 or newer, or run Tandem through npm, which brings its own.',
  ),
  SHUTTING_DOWN: entry(503, true, 'The service is shutting down.', 'Try again when it is back.'),
  INTERNAL_ERROR: entry(
    500,
    false,
    'Something went wrong inside Tandem.',
    'Report it with the correlation id from the details; the log has more.',
  ),
} as const;
