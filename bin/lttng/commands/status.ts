/** `lttng status`: the registry and the session that commands use here (R2.13). Starts no registry. */
import type { ServingRegistry } from '../../../actors/client/context.ts';
import {
  allPages,
  failureIn,
  lastSessionIn,
  type Plan,
  pagesIn,
  type StepResult,
  sessionsIn,
} from '../../../actors/client/plans/plan.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { candidatesFor } from '../../../src/wire/endpoints.ts';
import { type Config, configPath } from '../../control/session-config.ts';
import { count } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { sessionLines } from '../describe.ts';
import { clientFailure } from '../failure.ts';
import { configIn } from '../sessions.ts';

export async function status(cli: Cli): Promise<void> {
  const { world, output } = cli;
  const { workingDirectory, uid } = world.identity;
  const config = configIn(world, workingDirectory);
  const ownIn = (results: readonly StepResult[]): readonly SessionInfo[] =>
    sessionsIn(results).filter((session) => session.uid === uid);
  const currentIn = (results: readonly StepResult[]): SessionInfo | undefined =>
    currentOf(ownIn(results), config);
  const results = await cli.client.run(statusPlan(currentIn), 'running-registry');
  // The session may end after the list.
  const failed = failureIn(results);
  if (failed !== undefined && !['NO_REGISTRY', 'NO_SESSION'].includes(failed.code))
    throw clientFailure(failed);
  const session = lastSessionIn(results);
  const gone = failed === undefined ? undefined : currentIn(results)?.uuid;
  const own = ownIn(results).filter(({ uuid }) => uuid !== gone);
  output.value({
    registry: registryValue(cli.client.registry),
    ...(failed?.code === 'NO_REGISTRY' ? { reason: failed.reason } : {}),
    ...(config === undefined ? {} : { config }),
    ...(session === undefined ? {} : { session }),
    sessions: own.length,
  });
  output.line(registryLine(cli));
  if (config !== undefined && workingDirectory !== undefined) {
    output.line(`Configuration: ${configPath(workingDirectory)}, session ${config.session.name}`);
  }
  output.line('');
  if (session !== undefined) {
    for (const line of sessionLines(world, output, session)) output.line(line);
  } else output.line(whyNone(own, config));
}

/** The list of sessions, then what the present session's buffers hold. */
function statusPlan(currentIn: (results: readonly StepResult[]) => SessionInfo | undefined): Plan {
  const list = allPages(['session.list']);
  return (results) => {
    const listed = pagesIn(results);
    const step = list(listed);
    if (step !== undefined || results.length > listed.length) return step;
    const session = currentIn(listed)?.uuid;
    if (session === undefined) return undefined;
    return { kind: 'request', operation: { op: 'session.measure', session } };
  };
}

function currentOf(
  own: readonly SessionInfo[],
  config: Config | undefined,
): SessionInfo | undefined {
  if (config !== undefined) return own.find(({ uuid }) => uuid === config.session.uuid);
  return own.length === 1 ? own[0] : undefined;
}

function whyNone(own: readonly SessionInfo[], config: Config | undefined): string {
  if (config !== undefined) return 'The session of .lttng/config is gone.';
  if (own.length === 0) return 'No session; "lttng create" creates one.';
  return `No session is selected: there are ${count(own.length, 'session')}, and no .lttng/config here.`;
}

export function registryValue(registry: ServingRegistry | undefined): object | null {
  if (registry === undefined) return null;
  const { scope, pid, major, minor } = registry;
  return { scope, pid, protocol: `${major}.${minor}` };
}

export function registryLine({ world, client }: Cli): string {
  const { registry } = client;
  const candidates = candidatesFor(world.identity);
  if (registry === undefined) {
    const paths = candidates.map(({ clientPath }) => clientPath).join(', nor at ');
    return `Registry: none at ${paths}`;
  }
  const { scope, pid } = registry;
  const path = candidates.find((candidate) => candidate.scope === scope)?.clientPath ?? '';
  return `Registry: ${scope === 'global' ? 'the global one' : "this user's own"}, pid ${pid}, ${path}`;
}
