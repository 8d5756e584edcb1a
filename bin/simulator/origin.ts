/** The versions that ran a simulation: of this package, its git commit, Node.js. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Origin } from '../../sim/run/failure-file.ts';
import { VERSION_TEXT } from '../../src/base/version.ts';

/** Names the commit where git cannot, for instance in a CI job. */
const COMMIT_VARIABLE = 'LTTNG_SIM_COMMIT';
const COMMIT_CHARACTERS_MAX = 100;
/** The package, seen from `dist/bin/simulator`. */
const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));

export function originOf(): Origin {
  return { version: VERSION_TEXT, commit: commit(), node: process.versions.node };
}

function commit(): string {
  const given = process.env[COMMIT_VARIABLE];
  if (given !== undefined && given !== '') return given.slice(0, COMMIT_CHARACTERS_MAX);
  if (!existsSync(`${PACKAGE}.git`)) return 'unknown';
  try {
    const words = ['-C', PACKAGE, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
    const said = execFileSync('git', words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return said.trim().slice(0, COMMIT_CHARACTERS_MAX) || 'unknown';
  } catch {
    return 'unknown';
  }
}
