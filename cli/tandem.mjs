#!/usr/bin/env -S node --max-semi-space-size=16 --heap-growing-percent=40
// Plain JavaScript on purpose: the version check must run before Node meets TypeScript. The flags: kernel/node-flags.ts.
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { requireSupportedNode } from '../kernel/runtime.mjs';

requireSupportedNode();

// Stripped and compiled sources are kept beside the packages, where only the owner of this installation
// writes; that halves the start. The variable passes it on to engine processes. Coverage wants the sources.
if (process.env.NODE_COMPILE_CACHE === undefined && process.env.NODE_V8_COVERAGE === undefined) {
  const folder = fileURLToPath(new URL('../node_modules/.cache/tandem', import.meta.url));
  process.env.NODE_COMPILE_CACHE = folder;
  module.enableCompileCache(folder);
}

const { main } = await import('./main.ts');
await main(process.argv);
