import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Modules are read once per worker, not once per file: half of the time of a run. No test may rely on what another one left.
    isolate: false,
    // Of two cores Vitest would leave one idle.
    maxWorkers: '100%',
    // A compile with a search for precision takes up to 20 s, and a busy machine several times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
