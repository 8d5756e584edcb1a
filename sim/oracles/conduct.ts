/** The conduct of programs: their answers, failures and leftovers. */

import { REPLY_MS_MAX, RETURN_MS_MAX } from '../../actors/client/context.ts';
import type { StepResult } from '../../actors/client/plans/plan.ts';
import { parseRecord } from '../../actors/sessiond/record.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { decodeUtf8 } from '../../src/base/utf8.ts';
import { sentenceOf } from '../../src/port/log.ts';
import { GIVE_UP_MS } from '../../src/recorder/datagram-path.ts';
import type { Operation, ReplyValue, SessionInfo } from '../../src/wire/control/messages.ts';
import { hasBlackout } from '../input/network-fault.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import { isUnawaited } from '../input/unawaited.ts';
import { WorkloadError } from '../input/workload.ts';
import type { CommandAccount, Ledger, StepAccount } from '../ledger/ledger.ts';
import { EndlessError, type Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import { groupPeriodsIn, periodsBetween } from './groups.ts';
import { checkInstances } from './kernel.ts';
import type { Tolerance } from './tolerance.ts';

const answers = finder('answers');
const liveness = finder('liveness');
const leftovers = finder('leftovers');
const conduct = finder('conduct');
const isolation = finder('isolation');

/** A request is answered within this, virtual milliseconds; everything that it waits for happens long before. */
const ANSWER_MS_MAX = 4000;
/** An application is registered, or knows that no registry serves it, within this. */
const SETTLE_MS_MAX = 1000;
/** Remains for the next application that waits (R1.16). */
const COMMON_PIPE = '/tmp/.lttng-ts-apps';
/** A session in the record of its registry. */
const SESSION_RECORD = /\/sessions\/([^/]+)\.json$/;

/** Log events that no program may write under any circumstances. */
const LOG_OF_DEFECTS = new Set(['actor.eventIgnored', 'program.failed', 'tracer.failed']);

/** Log events that a program writes only when the machine has faults. */
const LOG_OF_TROUBLE = new Set([
  'stream.createFailed',
  'memory.listFailed',
  'memory.removeFailed',
  'pipe.removeFailed',
]);

/** `isCalm`: the machine has no faults. */
export function checkConduct(simulation: Simulation, isCalm: boolean): Finding[] {
  const thrown = simulation.violations
    .filter(({ error }) => !(error instanceof WorkloadError || error instanceof EndlessError))
    .map(({ program, kind, error }) => conduct(`${program} threw on ${kind}: ${String(error)}`));
  const logged = simulation.log
    .filter(({ event }) => LOG_OF_DEFECTS.has(event) || (isCalm && LOG_OF_TROUBLE.has(event)))
    .map(({ program, event, fields }) =>
      conduct(`${program} logged "${sentenceOf(event)}": ${JSON.stringify(fields)}`),
    );
  return [...thrown, ...logged];
}

export function checkAnswers(
  { commands, threads }: Ledger,
  input: ScenarioInput,
  tolerance: Tolerance,
): Finding[] {
  return [
    ...commands.flatMap((command) => checkCommand(command, input, tolerance)),
    ...threads.flatMap(({ pid, startedAt, settledAt, emissions }) => {
      const isLate = settledAt === undefined || settledAt - startedAt > SETTLE_MS_MAX * NS_PER_MS;
      return isLate && emissions.length > 0 && startedAt > tolerance.until
        ? [liveness(`application ${pid} started its steps before it was registered`)]
        : [];
    }),
  ];
}

function checkCommand(
  command: CommandAccount,
  input: ScenarioInput,
  tolerance: Tolerance,
): Finding[] {
  const { who, user, uid, steps, results, scope, doneAt, startedAt } = command;
  const { expected, tolerated } = command;
  const isExcused = startedAt <= tolerance.until && tolerance.mayFail(command);
  const usualMs = hasBlackout(input.network?.lossyLinks)
    ? ANSWER_MS_MAX + GIVE_UP_MS
    : ANSWER_MS_MAX;
  const answerMsMax = isExcused ? REPLY_MS_MAX : usualMs;
  const findings: Finding[] = [];
  if (doneAt === undefined && !tolerance.isKilled(who))
    findings.push(liveness(`a command of ${user} never finished`));
  for (const [index, step] of steps.entries()) {
    const { operation, snapshot, askedAt, answeredAt = Number.POSITIVE_INFINITY } = step;
    const asked = snapshot === undefined ? operation?.op : 'snapshot';
    const waitedMs = isGivenUp(step, results[index]) ? RETURN_MS_MAX : 0;
    if (asked === undefined) continue;
    if (answeredAt - askedAt <= (waitedMs + answerMsMax) * NS_PER_MS) continue;
    if (tolerance.isKilled(who)) continue;
    findings.push(liveness(`${asked} of ${user} took more than ${answerMsMax} ms`));
  }
  const failed = results.find((result) => result.kind === 'failure');
  const isExpected =
    failed === undefined
      ? expected === undefined
      : expected?.includes(failed.code) === true || tolerated.includes(failed.code);
  // In a run with faults a command may fail, with a code and a reason.
  if (!isExpected && !(tolerance.mayFail(command) && failed?.reason !== '')) {
    const what = failed === undefined ? 'succeeded' : `failed: ${failed.reason} (${failed.code})`;
    const wanted = expected?.join(' or ') ?? 'success';
    findings.push(answers(`a command of ${user} ${what}; expected was ${wanted}`));
  }
  for (const [index, step] of steps.entries()) {
    const { operation, askedAt, answeredAt = askedAt } = step;
    const result = results[index];
    if (result?.kind === 'snapshot' && !result.isWhole && !tolerance.mayFail(command)) {
      findings.push(answers(`a snapshot of ${user} is not complete`));
    }
    const forMs = (answeredAt - askedAt) / NS_PER_MS;
    if (isGivenUp(step, result) && forMs < RETURN_MS_MAX && !tolerance.isForgetful) {
      findings.push(
        answers(
          `a command of ${user} gave up waiting for the end of a recording after ${forMs} ms`,
        ),
      );
    }
    if (operation === undefined || result?.kind !== 'reply') continue;
    findings.push(...checkReply(command, operation, result.value));
  }
  const periods = periodsBetween(
    groupPeriodsIn(input),
    startedAt,
    doneAt ?? Number.POSITIVE_INFINITY,
  );
  const mayUseGlobal = uid === 0 || periods.some(({ members }) => members.has(uid));
  if (scope === 'global' && !mayUseGlobal) {
    findings.push(isolation(`the global registry served ${user}`));
  }
  return findings;
}

/** The registry ended, and no next one came that could be asked again. */
function isGivenUp({ isAskedAgain }: StepAccount, result: StepResult | undefined): boolean {
  return isAskedAgain === true && result?.kind === 'failure' && result.code === 'REGISTRY_LOST';
}

const STATES: Readonly<Partial<Record<Operation['op'], string>>> = {
  'session.create': 'inactive',
  'session.start': 'active',
  'session.pause': 'paused',
  'session.stop': 'stopped',
  'session.destroy': 'destroying',
};

/** An answer concerns the requested session, and discloses no sessions of other users (R1.6). */
function checkReply(
  { user, uid }: CommandAccount,
  operation: Operation,
  { session, sessions = [] }: ReplyValue,
): Finding[] {
  const findings: Finding[] = [];
  const told = [...sessions, ...(session === undefined ? [] : [session])];
  const strange = uid === 0 ? undefined : told.find((other) => other.uid !== uid);
  if (strange !== undefined) {
    findings.push(isolation(`${operation.op} discloses a session of ${strange.uid} to ${user}`));
  }
  const isBegun = operation.op === 'session.stop' && isUnawaited(operation);
  const state = isBegun ? 'stopping' : STATES[operation.op];
  if (state !== undefined && session?.state !== state) {
    findings.push(answers(`${operation.op} of ${user} was answered "${session?.state}"`));
  }
  const key = 'session' in operation ? operation.session : undefined;
  const isAbout = session === undefined ? key === undefined : isKeyOf(key, session);
  if (operation.op !== 'session.create' && !isAbout) {
    findings.push(answers(`${operation.op} of ${user} was answered about another session`));
  }
  if (operation.op.endsWith('.list') && session !== undefined) {
    findings.push(answers(`${operation.op} of ${user} was answered with one session`));
  }
  return findings;
}

function isKeyOf(key: string | undefined, { name, uuid }: SessionInfo): boolean {
  return key === name || key === uuid;
}

/** Objects that ended registries left to the next ones. */
export interface Kept {
  readonly records: ReadonlySet<string>;
  readonly segments: ReadonlySet<number>;
  readonly pipes: ReadonlySet<string>;
}
export const NOTHING_KEPT: Kept = { records: new Set(), segments: new Set(), pipes: new Set() };

/** Objects in the remaining records of sessions that a registry logged as kept. */
export function keptIn(simulation: Simulation): Kept {
  const uuids = new Set(
    simulation.log.flatMap(({ event, fields }) =>
      event === 'session.kept' ? [String(fields['uuid'])] : [],
    ),
  );
  const records = simulation.listFiles().flatMap(({ path }) => {
    const name = SESSION_RECORD.exec(path)?.[1] ?? '';
    const record = uuids.has(name)
      ? parseRecord(name, decodeUtf8(simulation.readFile(path) ?? new Uint8Array()), 0)
      : undefined;
    return record?.ok === true ? [{ path, streams: record.value.streams }] : [];
  });
  const streams = records.flatMap((record) => record.streams);
  return {
    records: new Set(records.map(({ path }) => path)),
    segments: new Set(
      streams.flatMap(({ memory: { dataSegment, positionSegment } }) => [
        dataSegment.id,
        positionSegment.id,
      ]),
    ),
    pipes: new Set(streams.map(({ wakePath }) => wakePath)),
  };
}

/** After the last command, the end of all applications, and SIGTERM to the registries. */
export function checkLeftovers(
  simulation: Simulation,
  tolerance: Tolerance,
  kept: Kept = NOTHING_KEPT,
): Finding[] {
  const findings: Finding[] = [];
  for (const { program, pid, isAlive, spec } of simulation.processes()) {
    if (isAlive && !spec.isPinned) findings.push(leftovers(`${program} ${pid} still runs`));
  }
  for (const { id, uid, byteLength } of simulation.segments()) {
    if (tolerance.leftover('segment') !== undefined || kept.segments.has(id)) continue;
    findings.push(leftovers(`segment ${id} of ${uid}, ${byteLength} bytes`));
  }
  for (const { path } of simulation.sockets()) {
    if (tolerance.leftover('socket') !== undefined) continue;
    findings.push(leftovers(`socket ${path}`));
  }
  for (const { path } of simulation.pipes()) {
    if (tolerance.leftover('pipe') !== undefined) continue;
    if (path !== COMMON_PIPE && !kept.pipes.has(path)) findings.push(leftovers(`pipe ${path}`));
  }
  for (const { path } of simulation.listFiles()) {
    if (!SESSION_RECORD.test(path) || tolerance.leftover('segment') !== undefined) continue;
    if (kept.records.has(path)) continue;
    findings.push(leftovers(`record ${path}`));
  }
  findings.push(...checkInstances(simulation, kept.records));
  const ends = simulation.connectionEnds();
  if (ends > 0) findings.push(leftovers(`${ends} connection ends`));
  return findings;
}
