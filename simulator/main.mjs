#!/usr/bin/env node
// Plain JavaScript on purpose: the version check must run before Node meets TypeScript.
import { requireSupportedNode } from '../kernel/runtime.mjs';

requireSupportedNode();
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
