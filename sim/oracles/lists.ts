/**
 * Lists: `lttng list` shows all sessions and applications, once, whatever the number of pages. An application that runs
 * for a while beside a registry that serves it is registered there with its tracepoints, whichever of the two started
 * first (R1.10, R1.16).
 */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { AppInfo, Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import type { CommandAccount, Ledger, ThreadAccount } from '../ledger/ledger.ts';
import { isMeant } from '../ledger/sessions.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const answers = finder('answers');
const liveness = finder('liveness');

/** Applications and registries find each other, and notice each other's end, within this. */
const NEWS_MS_MAX = 1000;

/** All pages of one list. */
interface Reading<T> {
  readonly command: CommandAccount;
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly pages: number;
  readonly entries: readonly T[];
}

/** For runs without faults. */
export function checkLists(ledger: Ledger, simulation: Simulation): Finding[] {
  const processes = simulation.processes();
  return ledger.commands.flatMap((command) => [
    ...readingsOf(command, 'session.list', ({ sessions }) => sessions).flatMap((reading) =>
      checkSessions(ledger, reading),
    ),
    ...readingsOf(command, 'app.list', ({ apps }) => apps).flatMap((reading) =>
      checkApplications(ledger, processes, reading),
    ),
  ]);
}

function readingsOf<T>(
  command: CommandAccount,
  op: 'session.list' | 'app.list',
  entriesOf: (
    value: Extract<CommandAccount['results'][number], { kind: 'reply' }>['value'],
  ) => readonly T[] | undefined,
): Reading<T>[] {
  const whole: Reading<T>[] = [];
  let begun: Reading<T> | undefined;
  for (const [index, { operation, askedAt, answeredAt = askedAt }] of command.steps.entries()) {
    const result = command.results[index];
    if (operation?.op !== op || result?.kind !== 'reply') continue;
    const { from } = operation;
    if (from === 0) begun = { command, askedAt, answeredAt, pages: 0, entries: [] };
    if (begun === undefined) continue;
    const entries: readonly T[] = [...begun.entries, ...(entriesOf(result.value) ?? [])];
    begun = { ...begun, answeredAt, pages: begun.pages + 1, entries };
    if (result.value.next !== undefined) continue;
    whole.push(begun);
    begun = undefined;
  }
  return whole;
}

function checkSessions(
  { commands }: Ledger,
  { command, askedAt, answeredAt, entries }: Reading<{ readonly uuid: string }>,
): Finding[] {
  const listed = entries.map(({ uuid }) => uuid);
  const findings = listed
    .filter((uuid, index) => listed.indexOf(uuid) !== index)
    .map((uuid) => answers(`a list for ${command.user} has session ${uuid} twice`));
  const served = commands.filter(({ registry }) => registry === command.registry);
  const own = served.filter(({ uid }) => command.uid === 0 || uid === command.uid);
  // Root destroys sessions of others, too.
  const isDestroyed = (session: SessionMade): boolean =>
    served.some(({ uid, steps }) =>
      steps.some(
        ({ operation, askedAt: at }) =>
          operation?.op === 'session.destroy' &&
          at < answeredAt &&
          (isMeant(session, operation, uid) || (uid === 0 && operation.session === session.name)),
      ),
    );
  for (const { steps, results } of own) {
    for (const [index, { operation, answeredAt: madeAt = askedAt }] of steps.entries()) {
      const made = sessionMade(operation, results[index]);
      if (made === undefined || madeAt >= askedAt) continue;
      if (!listed.includes(made.uuid) && !isDestroyed(made)) {
        findings.push(answers(`a list for ${command.user} omits session "${made.name}"`));
      }
    }
  }
  return findings;
}

type SessionMade = Pick<SessionInfo, 'name' | 'uuid' | 'uid'>;

function sessionMade(
  operation: Operation | undefined,
  result: CommandAccount['results'][number] | undefined,
): SessionMade | undefined {
  if (operation?.op !== 'session.create' || result?.kind !== 'reply') return undefined;
  return result.value.session;
}

function checkApplications(
  { threads, registries }: Ledger,
  processes: readonly SimProcess[],
  { command, askedAt, answeredAt, pages, entries }: Reading<AppInfo>,
): Finding[] {
  const settledAt = askedAt - NEWS_MS_MAX * NS_PER_MS;
  const registry = registries.find(({ who }) => who === command.registry);
  const endOf = ({ endedAt }: { readonly endedAt?: number | undefined }): number =>
    endedAt ?? Number.POSITIVE_INFINITY;
  const findings = entries
    .filter((app) => processes.every((each) => each.pid !== app.pid || endOf(each) < settledAt))
    .map(({ pid }) =>
      answers(`a list for ${command.user} has application ${pid}, which ended long before`),
    );
  // When an application ends, the applications after it may move to another page.
  const hasMoved =
    pages > 1 &&
    threads.some((thread) => endOf(thread) >= settledAt && endOf(thread) <= answeredAt);
  if (registry === undefined || registry.readyAt > settledAt || hasMoved) return findings;
  for (const thread of threads) {
    const { pid, startedAt, ahead = 0 } = thread;
    const isReachable = registry.scope === 'global' || registry.uid === thread.uid;
    const isThere = startedAt < settledAt && endOf(thread) > answeredAt;
    if (!isReachable || !isThere || ahead !== (command.ahead ?? 0)) continue;
    const found = entries.filter((app) => app.pid === pid);
    const [app] = found;
    if (app === undefined) {
      findings.push(liveness(`application ${pid} is not registered with ${registry.who}`));
    } else if (found.length > 1) {
      findings.push(answers(`a list for ${command.user} has application ${pid} twice`));
    } else findings.push(...checkTracepoints(thread, app, settledAt));
  }
  return findings;
}

function checkTracepoints(
  { pid, emissions }: ThreadAccount,
  { tracepoints }: AppInfo,
  before: number,
): Finding[] {
  const told = new Set(tracepoints.map(({ name, logLevel }) => `${logLevel} ${name}`));
  const untold = emissions.find(
    ({ at, name, logLevel }) => at < before && !told.has(`${logLevel} ${name}`),
  );
  return untold === undefined
    ? []
    : [answers(`application ${pid} is listed without its tracepoint ${untold.name}`)];
}
