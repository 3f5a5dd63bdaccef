import { defineConfig } from 'vitest/config';

/** Tests that watch the clock: they run when all others are done, one by one, so that nobody takes their time. */
const clockWatchers = ['test/**/low-end.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/unpack-chromium.ts'],
    // Modules are read once per worker, not once per file: half of the time of a run. No test may rely on what another one left.
    isolate: false,
    // A compile with a search for precision takes up to 20 s, and a busy machine several times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...clockWatchers],
          // Of two cores Vitest would leave one idle.
          maxWorkers: '100%',
        },
      },
      { extends: true, test: { name: 'clock', include: clockWatchers, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
