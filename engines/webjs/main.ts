import { runEngine } from '#engines/contract/kit/run-engine.ts';
import { classOf } from './page-errors.ts';

// The engine brings whatsapp-web.js, so it is loaded only when the console is quiet.
runEngine({
  name: 'webjs',
  defaultPort: 8082,
  load: async () => (await import('./engine.ts')).createWebjsEngine,
  // The library leaves promises behind when its page goes away. What they say can quote messages.
  takesCareOf: (engine, error, logger) => {
    if (!engine.leaked(error)) return false;
    logger.warn('the library left a failure behind', { error: classOf(error) });
    return true;
  },
});
