import { requireSupportedNode } from '../../kernel/runtime.mjs';

requireSupportedNode();
await import('./main.ts');
