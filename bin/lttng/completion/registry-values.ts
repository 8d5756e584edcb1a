/**
 * The names that the live registry knows, for completion: it is asked for a short time, and not started. Those of
 * saved sessions are names of files.
 */
import { visible } from '../../../src/base/visible.ts';
import { savedDirectory, savedNames } from '../../../src/kept/saved-files.ts';
import { createRealWorld } from '../../../src/os/world.ts';
import type { World } from '../../../src/port/world.ts';
import { ControlError } from '../../control/api/control-error.ts';
import type { Application, Session } from '../../control/api/session.ts';
import { createControl } from '../../control/control.ts';
import { RegistryClient } from '../../control/registry-client.ts';
import type { Candidate, OfRegistry } from './choice.ts';

/** How long a key may wait for the registry. */
const COMPLETION_MS_MAX = 1000;
/** More names than this help no reader. */
const CANDIDATES_MAX = 1000;

const OF_SESSIONS: ReadonlySet<OfRegistry> = new Set([
  'sessions',
  'snapshots',
  'channels',
  'rules',
]);

const SNAPSHOT_ACTIONS: readonly Candidate[] = [
  { value: 'record', description: 'copy what the buffers hold' },
  { value: 'add-output', description: 'say where snapshots go' },
  { value: 'list-output', description: 'show where snapshots go' },
  { value: 'del-output', description: 'go to the usual directory again' },
];

/** What the command line says beside. */
interface Said {
  readonly session: string | undefined;
  /** Channels and rules are those of the kernel. */
  readonly isOfKernel: boolean;
}

/** None when no registry answers in time. */
export async function registryValues(
  knows: OfRegistry,
  { session, isOfKernel }: Said,
): Promise<readonly Candidate[]> {
  const world = createRealWorld({ processName: 'lttng', log: () => undefined });
  if (knows === 'saved') return ofFiles(world);
  const client = new RegistryClient(world, { sessiond: undefined });
  const control = createControl(client, '');
  setTimeout(() => void control.close(), COMPLETION_MS_MAX).unref();
  if (knows === 'kernel-events' || knows === 'syscalls') {
    const kind = knows === 'syscalls' ? 'syscall' : 'tracepoint';
    const events = await control.kernelEvents({ kind }).catch(noneKnown);
    return (events ?? [])
      .map(({ name }) => ({ value: name, description: kind }))
      .filter(isPrintable);
  }
  const isOfSessions = OF_SESSIONS.has(knows);
  const known = await control
    .overview({ sessions: isOfSessions, apps: !isOfSessions })
    .catch(noneKnown);
  if (known === undefined) return knows === 'snapshots' ? SNAPSHOT_ACTIONS : [];
  const chosen = session ?? (await control.chosen().catch(noneKnown))?.uuid;
  const candidates = isOfSessions
    ? ofSessions(knows, known.sessions, { session: chosen, isOfKernel })
    : ofApps(knows, known.apps);
  const byValue = new Map(candidates.map((candidate) => [candidate.value, candidate]));
  return [...byValue.values()].filter(isPrintable).slice(0, CANDIDATES_MAX);
}

function noneKnown(thrown: unknown): undefined {
  if (!(thrown instanceof ControlError)) throw thrown;
}

function ofFiles(world: World): readonly Candidate[] {
  const names = savedNames(world, savedDirectory(world));
  const candidates = names.ok ? names.value : [];
  return candidates.map((value) => ({ value, description: 'saved' })).filter(isPrintable);
}

/** A shell could not type another name, and a terminal would not show it. */
function isPrintable({ value }: Candidate): boolean {
  return value !== '' && visible(value) === value;
}

/** `session`: the name or the UUID of the only one that counts; undefined: all count. */
function ofSessions(
  knows: OfRegistry,
  sessions: readonly Session[],
  { session, isOfKernel }: Said,
): readonly Candidate[] {
  const named = sessions.map(({ name, state }) => ({ value: name, description: state }));
  if (knows === 'sessions') return named;
  if (knows === 'snapshots') return [...SNAPSHOT_ACTIONS, ...named];
  const channels = sessions
    .filter(({ name, uuid }) => session === undefined || session === name || session === uuid)
    .flatMap((of) => {
      const channels = isOfKernel ? (of.kernel?.channels ?? []) : of.channels;
      return channels.map((channel) => ({ ...channel, of: of.name }));
    });
  if (knows === 'channels') {
    return channels.map(({ settings, of }) => ({
      value: settings.name,
      description: `channel of session ${of}`,
    }));
  }
  return channels.flatMap(({ rules, of }) =>
    rules.map(({ pattern }) => ({ value: pattern, description: `rule of session ${of}` })),
  );
}

function ofApps(knows: OfRegistry, apps: readonly Application[]): readonly Candidate[] {
  return apps.flatMap(({ pid, processName, tracepoints }) => {
    if (knows === 'pids') return [{ value: String(pid), description: processName }];
    if (knows === 'processes') return [{ value: processName, description: `pid ${pid}` }];
    return tracepoints.map(({ name, fields }) => ({
      value: name.replace(/[\\,*]/g, '\\$&'),
      description: fields,
    }));
  });
}
