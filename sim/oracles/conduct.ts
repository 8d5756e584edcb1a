/** How the programs behaved: what they answered, whether they failed, and what they left behind. */

import { REPLY_MS_MAX, RETURN_MS_MAX } from '../../actors/client/context.ts';
import { parseRecord } from '../../actors/sessiond/record.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { decodeUtf8 } from '../../src/base/utf8.ts';
import { sentenceOf } from '../../src/port/log.ts';
import type { Operation, ReplyValue, SessionInfo } from '../../src/wire/control/messages.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import { WorkloadError } from '../input/workload.ts';
import type { CommandAccount, Ledger } from '../ledger/ledger.ts';
import { EndlessError, type Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import { groupPeriodsIn, periodsBetween } from './groups.ts';
import type { Tolerance } from './tolerance.ts';

const answers = finder('answers');
const liveness = finder('liveness');
const leftovers = finder('leftovers');
const conduct = finder('conduct');
const isolation = finder('isolation');

/** A request is answered within this, virtual milliseconds: everything waited for happens long before. */
const ANSWER_MS_MAX = 4000;
/** An application is registered, or knows that it cannot be, within this. */
const SETTLE_MS_MAX = 1000;
/** Stays for the next application that waits (R1.16). */
const COMMON_PIPE = '/tmp/.lttng-ts-apps';
/** A session as its registry wrote it down. */
const SESSION_RECORD = /\/sessions\/([^/]+)\.json$/;

/** What no program should have said, whatever happened around it. */
const LOG_OF_DEFECTS = new Set(['actor.eventIgnored', 'program.failed', 'tracer.failed']);

/** What a program says only when its machine is in trouble. */
const LOG_OF_TROUBLE = new Set([
  'stream.createFailed',
  'memory.listFailed',
  'memory.removeFailed',
  'pipe.removeFailed',
]);

/** `isCalm`: no machine is in trouble. */
export function checkConduct(simulation: Simulation, isCalm: boolean): Finding[] {
  const thrown = simulation.violations
    .filter(({ error }) => !(error instanceof WorkloadError || error instanceof EndlessError))
    .map(({ program, kind, error }) => conduct(`${program} threw on ${kind}: ${String(error)}`));
  const logged = simulation.log
    .filter(({ event }) => LOG_OF_DEFECTS.has(event) || (isCalm && LOG_OF_TROUBLE.has(event)))
    .map(({ program, event, fields }) =>
      conduct(`${program} said "${sentenceOf(event)}": ${JSON.stringify(fields)}`),
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
        ? [liveness(`application ${pid} began before it was registered`)]
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
  const answerMsMax = isExcused ? REPLY_MS_MAX : ANSWER_MS_MAX;
  const findings: Finding[] = [];
  if (doneAt === undefined && !tolerance.isKilled(who))
    findings.push(liveness(`a command of ${user} was never done`));
  for (const { operation, snapshot, askedAt, answeredAt = Number.POSITIVE_INFINITY } of steps) {
    const asked = snapshot === undefined ? operation?.op : 'snapshot';
    if (asked === undefined || answeredAt - askedAt <= answerMsMax * NS_PER_MS) continue;
    if (tolerance.isKilled(who)) continue;
    findings.push(liveness(`${asked} of ${user} took more than ${answerMsMax} ms`));
  }
  const failed = results.find((result) => result.kind === 'failure');
  const isExpected =
    failed === undefined
      ? expected === undefined
      : expected?.includes(failed.code) === true || tolerated.includes(failed.code);
  // With trouble around it a command may fail, with a code and a reason.
  if (!isExpected && !(tolerance.mayFail(command) && failed?.reason !== '')) {
    const what = failed === undefined ? 'succeeded' : `failed: ${failed.reason} (${failed.code})`;
    const wanted = expected?.join(' or ') ?? 'success';
    findings.push(answers(`a command of ${user} ${what}; expected was ${wanted}`));
  }
  for (const [index, step] of steps.entries()) {
    const { operation, isAskedAgain = false, askedAt, answeredAt = askedAt } = step;
    const result = results[index];
    if (result?.kind === 'snapshot' && !result.isWhole && !tolerance.mayFail(command)) {
      findings.push(answers(`a snapshot of ${user} is not whole`));
    }
    const forMs = (answeredAt - askedAt) / NS_PER_MS;
    const isGivenUp = result?.kind === 'failure' && result.code === 'REGISTRY_LOST';
    if (isAskedAgain && isGivenUp && forMs < RETURN_MS_MAX && !tolerance.isForgetful) {
      findings.push(answers(`${user} gave up the end of a recording after ${forMs} ms`));
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
    findings.push(isolation(`${user} was served by the global registry`));
  }
  return findings;
}

const STATES: Readonly<Partial<Record<Operation['op'], string>>> = {
  'session.create': 'inactive',
  'session.start': 'active',
  'session.stop': 'stopped',
  'session.destroy': 'destroying',
};

/** An answer is about what was asked for, and tells nobody of the sessions of others (R1.6). */
function checkReply(
  { user, uid }: CommandAccount,
  operation: Operation,
  { session, sessions = [] }: ReplyValue,
): Finding[] {
  const findings: Finding[] = [];
  const told = [...sessions, ...(session === undefined ? [] : [session])];
  const strange = uid === 0 ? undefined : told.find((other) => other.uid !== uid);
  if (strange !== undefined) {
    findings.push(isolation(`${operation.op} tells ${user} of a session of ${strange.uid}`));
  }
  const state = STATES[operation.op];
  if (state !== undefined && session?.state !== state) {
    findings.push(answers(`${operation.op} of ${user} was answered "${session?.state}"`));
  }
  const key = 'session' in operation ? operation.session : undefined;
  const isAbout = session === undefined ? key === undefined : isKeyOf(key, session);
  if (operation.op !== 'session.create' && !isAbout) {
    findings.push(answers(`${operation.op} of ${user} was answered about something else`));
  }
  if (operation.op.endsWith('.list') && session !== undefined) {
    findings.push(answers(`${operation.op} of ${user} was answered with one session`));
  }
  return findings;
}

function isKeyOf(key: string | undefined, { name, uuid }: SessionInfo): boolean {
  return key === name || key === uuid;
}

/** What registries that have ended left to the next ones. */
export interface Kept {
  readonly records: ReadonlySet<string>;
  readonly segments: ReadonlySet<number>;
  readonly pipes: ReadonlySet<string>;
}
export const NOTHING_KEPT: Kept = { records: new Set(), segments: new Set(), pipes: new Set() };

/** What the records name that are still there of sessions of which that was said. */
export function keptIn(simulation: Simulation): Kept {
  const uuids = new Set(
    simulation.log.flatMap(({ event, fields }) =>
      event === 'session.kept' ? [String(fields['uuid'])] : [],
    ),
  );
  const records = simulation.listFiles().flatMap(({ path }) => {
    const name = SESSION_RECORD.exec(path)?.[1] ?? '';
    const record = uuids.has(name)
      ? parseRecord(name, decodeUtf8(simulation.readFile(path) ?? new Uint8Array()))
      : undefined;
    return record?.ok === true ? [{ path, streams: record.value.streams }] : [];
  });
  const streams = records.flatMap((record) => record.streams);
  return {
    records: new Set(records.map(({ path }) => path)),
    segments: new Set(
      streams.flatMap(({ memory: { dataSegment, positionSegment } }) => [
        dataSegment,
        positionSegment,
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
    if (isAlive && !spec.isPinned) findings.push(leftovers(`${program} ${pid} is still there`));
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
  const ends = simulation.connectionEnds();
  if (ends > 0) findings.push(leftovers(`${ends} ends of connections`));
  return findings;
}
