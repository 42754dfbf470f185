import { runEngine } from '#engines/contract/kit/run-engine.ts';

// The engine brings Baileys, so it is loaded only when the console is quiet.
runEngine({
  name: 'baileys',
  defaultPort: 8081,
  load: async () => (await import('./engine.ts')).createBaileysEngine,
});
