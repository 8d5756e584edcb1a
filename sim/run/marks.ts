/** Marks: events of interest. An ensemble of runs in which a mark never happens is blind to that situation. */

import type { Operation } from '../../src/wire/control/messages.ts';
import { isConsumer } from '../input/kernel.ts';
import type { FaultMark, Mark, NetworkMark } from '../input/mark.ts';
import type { Greeting } from '../ledger/greeting.ts';
import type { CommandAccount, Ledger } from '../ledger/ledger.ts';
import { outputsIn, type SnapshotAccount, snapshotsIn } from '../ledger/outputs.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import { type Written, writersOf } from '../ledger/stream-writers.ts';
import type { StreamContent } from '../ledger/trace-content.ts';
import type { Simulation } from '../machine/simulation.ts';
import type { CommandOrder } from '../oracles/linearizable.ts';
import { isOneOf } from '../oracles/regenerations.ts';
import { FAULT_MARKS, type FaultEvidence } from './fault-marks.ts';
import { KEPT_MARKS } from './kept-marks.ts';

/** Data of a finished run. */
export interface Evidence extends FaultEvidence {
  readonly streams: readonly StreamContent[];
  readonly order: CommandOrder;
  readonly greetings: readonly Greeting[];
}

/** The same, with data that several marks use. */
interface Findable extends Evidence {
  readonly written: readonly Written[];
  /** Snapshots that were completed. */
  readonly taken: readonly SnapshotAccount[];
}

/** The marks that happened in a run. */
export function marksOf(evidence: Evidence): Mark[] {
  const { ledger, streams } = evidence;
  const written = writersOf(ledger, streams);
  const taken = snapshotsIn(ledger).filter(({ isDone }) => isDone);
  const marks = (Object.keys(MARKS) as (keyof typeof MARKS)[]).filter((mark) =>
    MARKS[mark]({ ...evidence, written, taken }),
  );
  const faultMarks = (Object.keys(FAULT_MARKS) as FaultMark[]).filter((mark) =>
    FAULT_MARKS[mark](evidence),
  );
  return [...marks, ...faultMarks];
}

function hadFate({ kernelEvents }: Simulation, fate: 'read' | 'discarded'): boolean {
  return kernelEvents.history.some(({ offered }) => offered.some((event) => event.fate === fate));
}

type HostMark = Exclude<Mark, FaultMark | NetworkMark>;

const MARKS: Readonly<Record<HostMark, (run: Findable) => boolean>> = {
  ...KEPT_MARKS,
  'event-recorded': ({ streams }) => streams.some(({ events }) => events.length > 0),
  'thread-refused': ({ ledger }) =>
    ledger.adversaries.some(
      ({ attack, heard }) => attack.kind === 'made-up-threads' && heard.includes('refused'),
    ),
  'event-discarded': ({ streams }) => streams.some(({ discarded }) => discarded > 0),
  'kernel-recorded': ({ simulation }) => hadFate(simulation, 'read'),
  'kernel-discarded': ({ simulation }) => hadFate(simulation, 'discarded'),
  'packet-overwritten': ({ streams }) => streams.some(({ lostPackets }) => lostPackets > 0),
  'tracefile-overwritten': ({ streams }) =>
    streams.some(({ overwritten }) => overwritten !== undefined),
  'application-killed': ({ simulation }) =>
    simulation
      .processes()
      .some(({ program, exit }) => program === 'application' && exit?.signal === 'SIGKILL'),
  'id-recorded-twice': ({ written }) => {
    const withWriters = new Set(
      written.map(
        ({ stream: { pid, session }, writers: [writer] }) => `${pid} ${session} ${writer?.who}`,
      ),
    );
    const ids = new Set(written.map(({ stream: { pid, session } }) => `${pid} ${session}`));
    return withWriters.size > ids.size;
  },
  'killed-inside-an-event': ({ ledger }) =>
    ledger.threads.some(({ emissions }) =>
      emissions.some(({ isDone, isEnabled }) => isEnabled && !isDone),
    ),
  'application-waited-on-pipe': ({ ledger: { threads, registries } }) =>
    threads.some(({ startedAt, uid }) =>
      registries.some(
        ({ scope, uid: owner, readyAt }) =>
          readyAt > startedAt && (scope === 'global' || owner === uid),
      ),
    ),
  'recording-not-begun': ({ ledger }) =>
    interruptedIn(ledger).some(({ results }) => results.every(({ kind }) => kind !== 'exit')),
  'recording-interrupted': ({ ledger }) =>
    ledger.commands.some(({ results }) =>
      results.some(
        (result) =>
          result.kind === 'exit' &&
          result.exit.signal !== undefined &&
          result.exit.signal !== 'SIGKILL',
      ),
    ),
  'recording-left': ({ ledger }) =>
    interruptedIn(ledger).some(({ leavesSession }) => leavesSession === true),
  'registry-of-a-user': ({ ledger }) => ledger.registries.some(({ scope }) => scope === 'user'),
  'registry-global': ({ ledger }) => ledger.registries.some(({ scope }) => scope === 'global'),
  'traced-through-the-group': ({ ledger, written }) =>
    outputsIn(ledger).some(
      ({ output, uid }) =>
        uid !== 0 &&
        writtenBelow(written, output).some(
          ({ stream: { events }, writers }) =>
            events.length > 0 && writers.some((thread) => thread.uid !== uid),
        ),
    ),
  'command-refused': ({ ledger }) =>
    ledger.commands.some(({ results }) => results.some(({ kind }) => kind === 'failure')),
  'stale-check': ({ simulation }) => simulation.staleChecks.length > 0,
  'commands-overlapped': ({ order }) => order.hasOverlaps,
  'order-undecided': ({ order }) => order.isUndecided,
  'version-refused': ({ greetings }) =>
    greetings.some(({ refusedWith }) => refusedWith !== undefined),
  'version-mixed': ({ greetings }) =>
    greetings.some(({ minor, peerMinor = minor }) => peerMinor !== minor),
  'registry-came-back': ({ ledger: { registries } }) =>
    registries.some(({ scope, uid, who }) =>
      registries.some((other) => other.scope === scope && other.uid === uid && other.who !== who),
    ),
  'group-changed': (run) => hasLogged(run, 'configuration.reloaded'),
  'session-kept': (run) => hasLogged(run, 'session.kept'),
  'stream-distrusted': ({ simulation }) =>
    simulation.log.some(
      ({ program, event }) => program === 'ust-consumerd' && event === 'stream.unreadable',
    ),
  'impostor-traced': ({ ledger }) =>
    ledger.adversaries.some(
      ({ attack, heard }) => attack.kind === 'rogue-application' && heard.includes('state'),
    ),
  'consumer-came-back': ({ simulation }) => {
    const consumers = simulation.processes().filter(({ program }) => isConsumer(program));
    return consumers.some(
      ({ exit, endedAt = Infinity }) =>
        exit?.signal === 'SIGKILL' && consumers.some(({ startedAt }) => startedAt > endedAt),
    );
  },
  'session-recovered': ({ ledger }) =>
    ledger.commands.some(
      ({ isRecovery, steps }) =>
        isRecovery === true && steps.some(({ operation }) => operation?.op === 'session.destroy'),
    ),
  'change-unwritten': ({ ledger }) =>
    ledger.commands.some(({ results }) =>
      results.some((result) => result.kind === 'reply' && result.value.unwritten !== undefined),
    ),
  'consumer-lied': ({ ledger }) =>
    ledger.adversaries.some(
      ({ attack, heard }) => attack.kind === 'lying-consumer' && heard.includes('stream.add'),
    ),
  'bound-met': ({ simulation }) =>
    simulation.log.some(
      ({ event, fields }) =>
        event === 'registry.connectionRefused' ||
        fields['reason'] === 'did not apply the pending states',
    ),
  'stranger-refused': ({ ledger }) =>
    ledger.adversaries.some(
      ({ attack, heard }) => attack.kind === 'foreign-command' && heard.includes('refused'),
    ),
  'passed-socket-of-another': ({ ledger: { adversaries } }) =>
    adversaries.some(
      ({ attack }) =>
        attack.kind === 'claimed-token' && adversaries.some(({ lent }) => lent === attack.token),
    ),
  'grant-distrusted': (run) => hasLogged(run, 'tracer.streamRefused'),
  'buffers-handed-over': ({ written }) => handoversIn(written).length > 0,
  'handed-over-after-a-kill': ({ simulation, written }) => {
    const killed = simulation.processes().flatMap(({ exit, label }) => (exit?.signal ? label : []));
    return handoversIn(written).some(({ writers: [writer] }) => killed.includes(writer?.who ?? ''));
  },
  'archive-made': ({ written }) =>
    written.some(
      ({ stream: { file, events } }) => file.includes('/archives/') && events.length > 0,
    ),
  'trace-cleared': ({ ledger }) => isAnswered(ledger, 'session.clear'),
  'metadata-regenerated': ({ ledger, streams, simulation }) =>
    isAnswered(ledger, 'session.regenerate') &&
    streams.some(({ since = 0n, clockOffsetNs }) => {
      const before = simulation.clockOffsetsSince(0).filter((each) => each.since <= Number(since));
      return since > 0n && !isOneOf(before, clockOffsetNs);
    }),
  'snapshot-taken': ({ taken, written }) =>
    taken.some(({ output }) =>
      writtenBelow(written, output).some(({ stream: { events } }) => events.length > 0),
    ),
  'snapshots-at-once': ({ taken }) =>
    taken.some((one) =>
      taken.some(
        (other) => other !== one && other.askedAt < one.doneAt && one.askedAt < other.doneAt,
      ),
    ),
  // Its threads emitted nothing afterwards, and ended before the request.
  'snapshot-of-the-dead': ({ taken, written }) =>
    taken.some(({ output, askedAt }) =>
      writtenBelow(written, output).some(({ writers }) =>
        writers.some(({ endedAt = Infinity }) => endedAt < askedAt),
      ),
    ),
  // The buffers did not hold all events any more.
  'snapshot-of-the-newest': ({ taken, written }) =>
    taken.some(({ output }) =>
      writtenBelow(written, output).some(({ stream, writers: [thread] }) => {
        const [first] = stream.events;
        const oldest = thread?.emissions.find(({ isEnabled }) => isEnabled);
        return first !== undefined && oldest !== undefined && oldest.counter < first.counter;
      }),
    ),
  'snapshot-short': ({ taken, written }) =>
    taken.some(({ output, isShort }) => isShort && writtenBelow(written, output).length > 0),
  'snapshot-after-clear': ({ ledger, taken, written }) => {
    const sessions = sessionsIn(ledger);
    return taken.some(({ session: uuid, output, askedAt }) => {
      const { rotations = [] } = sessions.find((one) => one.uuid === uuid) ?? {};
      const isCleared = rotations.some(({ isClear, doneAt }) => isClear && doneAt < askedAt);
      return (
        isCleared && writtenBelow(written, output).some(({ stream }) => stream.events.length > 0)
      );
    });
  },
  'snapshot-on-crash': ({ ledger }) =>
    ledger.commands.some(
      ({ steps, results }) =>
        steps[0]?.operation?.op === 'session.create' &&
        steps.some(
          ({ snapshot }, index) => snapshot !== undefined && results[index]?.kind === 'snapshot',
        ),
    ),
};

/** The commands that a signal kept from their next step. */
function interruptedIn({ commands }: Ledger): CommandAccount[] {
  return commands.filter(({ results }) =>
    results.some((result) => result.kind === 'failure' && result.code === 'INTERRUPTED'),
  );
}

function hasLogged({ simulation }: Evidence, wanted: string): boolean {
  return simulation.log.some(({ event }) => event === wanted);
}

/** The parts of streams after which other processes wrote into the same stream. */
function handoversIn(written: readonly Written[]): Written[] {
  return written.filter(({ stream }, index) => {
    const next = written[index + 1]?.stream;
    return stream.shared !== undefined && next?.file === stream.file && next.pid !== stream.pid;
  });
}

/** Streams of the traces below a directory. */
function writtenBelow(written: readonly Written[], output: string): Written[] {
  return written.filter(({ stream }) => stream.file.startsWith(`${output}/`));
}

/** Whether a command did this. */
function isAnswered({ commands }: Ledger, op: Operation['op']): boolean {
  return commands.some(({ steps, results }) =>
    steps.some(({ operation }, index) => operation?.op === op && results[index]?.kind === 'reply'),
  );
}
