/** Helpers for the tests of the real World: a scratch directory, a World, waiting, and children that run a snippet. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createRealWorld } from '../../../src/os/world.ts';
import { levelOf } from '../../../src/port/log.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { World } from '../../../src/port/world.ts';

/** The directory of the compiled sources, which children run. */
export const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));

const UNTIL_MS = 20_000;
const POLL_MS = 2;
const CHILD_MS = 30_000;

/** A directory of one test, removed after the test. */
export function scratchDirectory(): string {
  const directory = mkdtempSync('/tmp/lttng-ts-test-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A World whose errors in the log fail the test. */
export function createTestWorld(): World {
  return createRealWorld({
    log: (event, fields) => {
      if (levelOf(event) === 'error') throw new Error(`${event} ${JSON.stringify(fields)}`);
    },
  });
}

export function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  const { call, code, subject, detail } = result.error;
  throw new Error(`${call} answered ${code} for ${subject} (${detail ?? 'no detail'})`);
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + UNTIL_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('Waited too long');
    await pass(POLL_MS);
  }
}

export function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The number of file descriptors of this process. */
export function openDescriptors(): number {
  // The listing itself opens one.
  return readdirSync('/proc/self/fd').length - 1;
}

/**
 * Runs a module's text in a child process. The text can use `createRealWorld`, `openEntrance` and `must`; `args` are
 * its arguments.
 */
export function runSnippet(text: string, args: readonly string[] = []): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, nodeArguments(text, args), CHILD);
}

/** Like {@link runSnippet}, after a command of sh(1) that changes the process's rights or limits. */
export function runSnippetInShell(
  command: string,
  text: string,
  args: readonly string[],
  within: readonly string[] = [],
): SpawnSyncReturns<string> {
  const node = [process.execPath, ...nodeArguments(text, args)];
  const shell = ['sh', '-c', `${command} && exec "$@"`, 'sh', ...node];
  const [program = 'sh', ...words] = [...within, ...shell];
  return spawnSync(program, words, CHILD);
}

const CHILD = { encoding: 'utf8', timeout: CHILD_MS } as const;

function nodeArguments(text: string, args: readonly string[]): string[] {
  const program = `
    import { createRealWorld } from '${DIST}src/os/world.js';
    import { openEntrance } from '${DIST}src/os/entrance.js';
    import { createPinoLog } from '${DIST}src/os/log.js';
    const must = (result) => {
      if (result.ok) return result.value;
      throw new Error(JSON.stringify(result.error));
    };
    const args = process.argv.slice(1);
    ${text}`;
  return ['--input-type=module', '--eval', program, '--', ...args];
}
