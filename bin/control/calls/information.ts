/** What there is: registry, sessions, applications. */

import type { StartPolicy } from '../../../actors/client/courses/course.ts';
import { ANSWERED_WITHOUT_SESSION } from '../../../actors/client/plans/in-session.ts';
import { ownSessionsIn } from '../../../actors/client/plans/only-session.ts';
import { measurePlan, wholeSessionIn } from '../../../actors/client/plans/parts.ts';
import {
  allPages,
  appsIn,
  failureIn,
  type Plan,
  pagesIn,
  resultsOf,
  type StepResult,
  sessionsIn,
} from '../../../actors/client/plans/plan.ts';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import { APP_CONTEXT_PREFIX, CONTEXTS } from '../../../src/event/context.ts';
import { readCurrent } from '../../../src/kept/current-session.ts';
import { type Config, configPath, readConfig } from '../../../src/kept/session-config.ts';
import { RING_LAYOUT_VERSION } from '../../../src/ring/layout.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR, type SessionInfo } from '../../../src/wire/control/messages.ts';
import type { InformationCalls } from '../api/control.ts';
import type { SessionKey } from '../api/current.ts';
import type { OverviewOptions } from '../api/options.ts';
import type { ChosenSession, Context, Look, Overview, Status } from '../api/results.ts';
import { configError, failureError } from '../errors.ts';
import { absolutePath } from '../paths.ts';
import { type Calling, carryOut, namedBy } from '../requests.ts';
import { sessionError } from '../session-error.ts';
import { runInSession } from '../sessions.ts';

export function informationCalls(on: Calling): InformationCalls {
  const { client } = on;
  return {
    list: async ({ mayStart } = {}) =>
      sessionsIn(await carryOut(on, allPages(['session.list']), policyOf(mayStart))),
    apps: async ({ mayStart } = {}) =>
      appsIn(await carryOut(on, allPages(['app.list']), policyOf(mayStart))),
    overview: (options = {}) => overview(on, options),
    look: (session) => look(on, session),
    status: () => status(on),
    sessionOf: async (directory) =>
      await Promise.resolve(
        configIn(on, directory === undefined ? undefined : absolutePath(client.world, directory)),
      ),
    chosen: async () => await Promise.resolve(configIn(on)?.session ?? currentOf(on)),
    contexts: async () => await Promise.resolve(contexts()),
    version: async () => {
      const { registry } = await overview(on, { mayStart: false });
      const protocols = {
        control: CONTROL_PROTOCOL_MAJOR,
        application: APP_PROTOCOL_MAJOR,
        ring: RING_LAYOUT_VERSION,
      };
      return { version: VERSION_TEXT, protocols, registry };
    },
  };
}

function policyOf(mayStart = true): StartPolicy {
  return mayStart ? 'start-registry' : 'running-registry';
}

async function overview(
  on: Calling,
  { sessions = false, apps = false, mayStart = true }: OverviewOptions,
): Promise<Overview> {
  const plan = allPages([
    ...(sessions ? (['session.list'] as const) : []),
    ...(apps ? (['app.list'] as const) : []),
  ]);
  const results = await on.client.run(plan, policyOf(mayStart));
  const failed = failureIn(results);
  if (failed?.code === 'NO_REGISTRY' && !mayStart) {
    return { registry: undefined, reason: failed.reason, sessions: [], apps: [] };
  }
  if (failed !== undefined) throw failureError(failed);
  return {
    registry: on.client.registry,
    sessions: sessionsIn(results),
    apps: appsIn(results),
  };
}

async function look({ client }: Calling, session: SessionKey): Promise<Look> {
  const listApps = allPages(['app.list']);
  const { results, error } = await runInSession(client, namedBy(session), (key) => {
    const measure = measurePlan(key);
    // A session that is missing does not keep the applications back.
    return (sofar) => {
      const measured = resultsOf(measure, sofar);
      return measured === undefined ? measure(sofar) : listApps(sofar.slice(measured.length));
    };
  });
  const found = wholeSessionIn(results);
  const apps = appsIn(results);
  if (found !== undefined && error === undefined) return { session: found, apps };
  const missing = sessionError(error ?? ANSWERED_WITHOUT_SESSION);
  if (found !== undefined || missing.code !== 'NO_SESSION') throw missing;
  return { session: undefined, missing, apps };
}

async function status(on: Calling): Promise<Status> {
  const { client } = on;
  const { uid, workingDirectory } = client.world.identity;
  const config = configIn(on);
  const current = currentOf(on);
  const used = config?.session ?? current;
  const currentIn = (results: readonly StepResult[]): SessionInfo | undefined =>
    used === undefined
      ? onlyOne(ownSessionsIn(results, uid))
      : sessionsIn(pagesIn(results)).find(({ uuid }) => uuid === used.uuid);
  const results = await client.run(statusPlan(currentIn), 'running-registry');
  const failed = failureIn(results);
  // The session may end after the list.
  if (failed !== undefined && !['NO_REGISTRY', 'NO_SESSION'].includes(failed.code)) {
    throw failureError(failed);
  }
  const session = wholeSessionIn(results);
  const gone = failed === undefined ? undefined : currentIn(results)?.uuid;
  return {
    registry: failed?.code === 'NO_REGISTRY' ? undefined : client.registry,
    ...(failed?.code === 'NO_REGISTRY' ? { reason: failed.reason } : {}),
    ...(config === undefined ? {} : { config, configFile: configPath(workingDirectory ?? '') }),
    ...(current === undefined ? {} : { current }),
    ...(session === undefined ? {} : { session }),
    sessions: ownSessionsIn(results, uid).filter(({ uuid }) => uuid !== gone),
  };
}

/** The list of sessions, then what the present session's buffers hold. */
function statusPlan(currentIn: (results: readonly StepResult[]) => SessionInfo | undefined): Plan {
  const list = allPages(['session.list']);
  return (results) => {
    const listed = pagesIn(results);
    const step = list(listed);
    if (step !== undefined) return step;
    const session = currentIn(listed)?.uuid;
    return session === undefined ? undefined : measurePlan(session)(results.slice(listed.length));
  };
}

function onlyOne(own: readonly SessionInfo[]): SessionInfo | undefined {
  return own.length === 1 ? own[0] : undefined;
}

/** The session that the user has chosen. */
function currentOf({ client: { world } }: Calling): ChosenSession | undefined {
  const read = readCurrent(world);
  if (read.ok) return read.value;
  throw configError(read.error);
}

/** The `.lttng/config` of a directory, or of the working directory. */
function configIn({ client: { world } }: Calling, directory?: string): Config | undefined {
  const read = readConfig(world, directory ?? world.identity.workingDirectory);
  if (read.ok) return read.value;
  throw configError(read.error);
}

function contexts(): readonly Context[] {
  const builtIn = Object.entries(CONTEXTS).map(([name, { about }]) => ({ name, about }));
  const published = {
    name: `${APP_CONTEXT_PREFIX}NAME`,
    about: 'what the application publishes under NAME',
  };
  return [...builtIn, published];
}
