/**
 * What the README promises, one line each. A promise without a test, or a test without a promise, fails `npm run check`.
 * A test cites an id in its name: it('… R:stored-once', …).
 */
export const requirements = {
  'demo-complete':
    'the demo links to a simulated account and ends only well when every message is stored exactly once',
  'stored-once': 'a message is stored once, whichever path it came by',
  'kill-safe': 'killing the engine, the service or both at any moment loses nothing and doubles nothing',
  'complete-history':
    'older history is fetched until the phone proves its beginning, through kills of everything and a wiped queue',
  'coverage-honest': 'what is said to be held is in the store, whatever was pushed, lost, merged or set',
  'jobs-answer-at-once':
    'a call that starts long work answers at once, and the work can be followed, cancelled and resumed',
  'community-once': 'a community is marked as read to the message, and nobody is told twice',
  'sent-at-most-once': 'a message is sent at most once; an unknown outcome is said to be unknown',
  'one-history':
    'what two engines saw becomes one row a message, in any order and under any identity, with both named',
  'either-engine': 'with one engine gone the other answers, says so, and the first comes back by itself',
  'one-account': 'an engine on another account is named, unlinked and kept out of the history',
  'one-person': 'a number and a hidden id that belong to the same person become one person and one chat',
  'search-grammar': 'nothing that is typed into the search is a syntax error',
  'both-protocols': 'one address answers MCP clients of the 2025 and of the 2026 protocol',
  'stdio-joins': 'the stdio command joins the running service or starts one',
  'reading-leaves-no-trace': 'tools that read never mark anything as read',
  'sending-off': 'sending is off until the operator switches it on',
  'no-open-door': 'the service refuses to listen beyond this machine without a token',
  'no-text-in-logs': 'no message text, number or key appears in a log',
  'told-what-to-do': 'every state that waits for a person says what to do',
  'one-owner': 'a second instance on the same data directory refuses to start',
} as const;
