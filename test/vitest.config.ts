/**
 * Test runner settings. Tests run in forked processes because they map shared memory. Files that drive the real
 * operating system, those of `real/` and `port/real.test.ts`, run afterwards: they start processes of several users and
 * wait for real time. Each has a place of its own, so two of them run at once, and one that waits leaves the other a
 * processor; their limits of time have room for a machine that is busy with something else as well.
 */
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './longest-first.ts';

const REAL = ['real/**/*.test.ts', 'port/real.test.ts'];
const root = import.meta.dirname;

export default defineConfig({
  root,
  cacheDir: '../node_modules/.vite',
  test: {
    globalSetup: './global-setup.ts',
    maxWorkers: 2,
    reporters: ['dot', './count-reporter.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'simulated',
          include: ['**/*.test.ts'],
          exclude: [...REAL, '**/node_modules/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: REAL,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
