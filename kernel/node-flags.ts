/**
 * How Node is started for processes that run for long. Left alone, V8 lets its young space grow to 128 MB under a stream and its
 * old space to twice what lives before it collects: fine for a program that ends, waste for a service that waits most of
 * its life. The first line of cli/tandem.mjs and `npm start` carry the same flags. Figures: docs/benchmarks.md.
 */
export const LEAN_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=16', '--heap-growing-percent=40'];
