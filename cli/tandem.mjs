#!/usr/bin/env node
// Plain JavaScript on purpose: the version check must run before Node meets TypeScript.
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { requireSupportedNode } from '../kernel/runtime.mjs';

requireSupportedNode();

// Stripped and compiled sources are kept between starts: an assistant's first answer comes in half the time.
// Inside the package, because a cache in a shared folder could be prepared by somebody else.
module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/tandem', import.meta.url)));
// Node writes it at the end of the process; a service that is killed one day would never have one.
setTimeout(() => module.flushCompileCache?.(), 10_000).unref();

const { main } = await import('./main.ts');
await main(process.argv);
