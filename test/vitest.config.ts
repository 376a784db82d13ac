import os from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Nothing in src/ keeps state but what it works out once. Loading it anew took a second of processor time a file.
    isolate: false,
    // Each worker has a server of its own. A named server is one, so files take it in turn.
    maxWorkers: os.availableParallelism(),
    fileParallelism: process.env['TEST_DATABASE_URL'] === undefined,
    // In a dumb terminal Node's readline knows no arrow keys, and a question would wait for ever.
    env: { TERM: 'xterm-256color' },
  },
});
