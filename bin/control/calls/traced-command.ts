/** The command line and environment by which `run` and `record` trace a program and its Node children (R1.17). */
import type { Command } from '../../../actors/client/plans/record.ts';
import type { World } from '../../../src/port/world.ts';
import { locationOf } from '../../../src/wire/endpoints.ts';
import { REGISTRY_VARIABLE, SESSION_VARIABLE } from '../../../src/wire/launch.ts';
import { usageError } from '../errors.ts';
import type { Calling } from '../requests.ts';

/** `words`: the program and its arguments. */
export function tracedCommand({ client, register }: Calling, words: readonly string[]): Command {
  const [program, ...args] = words;
  if (program === undefined) throw usageError('Name a program');
  return {
    program,
    args,
    environmentIn: (uuid) => tracedEnvironment(client.world, register, uuid),
  };
}

function tracedEnvironment(
  { identity }: World,
  register: string,
  sessionUuid: string,
): Record<string, string | undefined> {
  // In quotes, because the path may have spaces; see the rules for NODE_OPTIONS in Node's documentation.
  const option = `--require "${register.replace(/["\\]/g, '\\$&')}"`;
  const { environment } = identity;
  const given = environment['NODE_OPTIONS'] ?? '';
  const isThere = given.includes(option);
  return {
    ...environment,
    // First, so that no preload of the program runs untraced.
    NODE_OPTIONS: isThere ? given : `${option} ${given}`.trim(),
    [SESSION_VARIABLE]: sessionUuid,
    [REGISTRY_VARIABLE]: locationOf(identity, 'user').directory,
  };
}
