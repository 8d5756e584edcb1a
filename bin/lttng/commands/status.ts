/** `lttng status`: the registry and the session that commands use here (R2.13). Starts no registry. */
import type { World } from '../../../src/port/world.ts';
import { candidatesFor } from '../../../src/wire/endpoints.ts';
import type { Registry, Status } from '../../control/api/results.ts';
import { count } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { sessionLines } from '../describe.ts';

export async function status({ control, output, world }: Cli): Promise<void> {
  const found = await control.status();
  const { registry, reason, config, configFile, current, session, sessions } = found;
  output.value({
    registry: registryValue(registry),
    ...(reason === undefined ? {} : { reason }),
    ...(config === undefined ? {} : { config }),
    ...(current === undefined ? {} : { current }),
    ...(session === undefined ? {} : { session }),
    sessions: sessions.length,
  });
  output.line(registryLine(world, registry));
  if (config !== undefined) {
    output.line(`Configuration: ${configFile ?? ''}, session ${config.session.name}`);
  } else if (current !== undefined) output.line(`Current session: ${current.name}`);
  output.line('');
  if (session !== undefined) {
    for (const line of sessionLines(world, output, session)) output.line(line);
  } else output.line(whyNone(found));
}

function whyNone({ sessions, config, current }: Status): string {
  if (config !== undefined) return 'The session of .lttng/config is gone.';
  if (current !== undefined) {
    return 'The current session is gone; "lttng set-session NAME" chooses another one.';
  }
  if (sessions.length === 0) return 'No session; "lttng create" creates one.';
  return `No session is selected: "lttng set-session NAME" chooses one of ${count(sessions.length, 'session')}.`;
}

export function registryValue(registry: Registry | undefined): object | null {
  if (registry === undefined) return null;
  const { scope, pid, major, minor } = registry;
  return { scope, pid, protocol: `${major}.${minor}` };
}

export function registryLine({ identity }: World, registry: Registry | undefined): string {
  const candidates = candidatesFor(identity);
  if (registry === undefined) {
    const paths = candidates.map(({ clientPath }) => clientPath).join(', nor at ');
    return `Registry: none at ${paths}`;
  }
  const { scope, pid } = registry;
  const path = candidates.find((candidate) => candidate.scope === scope)?.clientPath ?? '';
  return `Registry: ${scope === 'global' ? 'the global one' : "this user's own"}, pid ${pid}, ${path}`;
}
