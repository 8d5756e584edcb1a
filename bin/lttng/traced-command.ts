/** The command line and environment by which `run` and `record` trace a program and its Node children (R1.17). */
import { fileURLToPath } from 'node:url';
import type { Command } from '../../actors/client/plans/record.ts';
import { believed } from '../../src/os/environment.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { locationOf } from '../../src/wire/endpoints.ts';
import { REGISTRY_VARIABLE, SESSION_VARIABLE } from '../../src/wire/launch.ts';

/** In quotes, because the path may have spaces; see the rules for NODE_OPTIONS in Node's documentation. */
function requireOption(): string {
  const path = fileURLToPath(new URL('../register.cjs', import.meta.url));
  return `--require "${path.replace(/["\\]/g, '\\$&')}"`;
}

export function tracedCommand(words: readonly string[]): Command {
  const [program = '', ...args] = words;
  return { program, args, environmentIn: tracedEnvironment };
}

function tracedEnvironment(sessionUuid: string): Record<string, string | undefined> {
  const option = requireOption();
  const { environment } = believed();
  const given = environment['NODE_OPTIONS'] ?? '';
  const isThere = given.includes(option);
  return {
    ...environment,
    // First, so that no preload of the program runs untraced.
    NODE_OPTIONS: isThere ? given : `${option} ${given}`.trim(),
    [SESSION_VARIABLE]: sessionUuid,
    [REGISTRY_VARIABLE]: locationOf(createIdentity(), 'user').directory,
  };
}
