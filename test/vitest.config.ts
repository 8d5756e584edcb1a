/**
 * Test runner settings. Tests run in forked processes because they map shared memory. Files that drive the real
 * operating system, `real.test.ts` and what is under `e2e/`, run afterwards and one at a time: they start
 * processes of several users and wait for real time, so a busy machine would disturb them.
 */
import { defineConfig } from 'vitest/config';

const REAL = ['**/real.test.ts', '**/*.real.test.ts', 'e2e/**/*.test.ts'];
const root = import.meta.dirname;

export default defineConfig({
  root,
  cacheDir: '../node_modules/.vite',
  test: {
    globalSetup: './global-setup.ts',
    maxWorkers: 2,
    reporters: ['dot', './count-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'simulated',
          include: ['**/*.test.ts'],
          exclude: REAL,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: REAL,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
