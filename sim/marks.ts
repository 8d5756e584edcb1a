/** Things worth happening: an ensemble of runs in which one of them never does is blind on that side. */
import { KEPT_FOR_NEXT } from '../actors/session/consumer.ts';
import type { Harm } from './faults/inject.ts';
import { type FaultMark, faultMarksOf } from './faults/marks.ts';
import type { Ledger } from './ledger.ts';
import type { Verdict } from './oracles/linearizable.ts';
import { outputsIn, snapshotsIn } from './sessions.ts';
import type { StreamContent } from './trace-content.ts';
import type { Greeting } from './versions.ts';
import type { Simulation } from './world/machine.ts';
import { type Written, writersOf } from './writers.ts';

export type Mark =
  | FaultMark
  | 'event-recorded'
  | 'event-discarded'
  | 'packet-overwritten'
  | 'application-killed'
  /** Two threads that had one process id, one after the other, were recorded into one session. */
  | 'id-recorded-twice'
  | 'killed-inside-an-event'
  | 'application-waited-on-pipe'
  | 'registry-of-a-user'
  | 'registry-global'
  | 'traced-through-the-group'
  | 'command-refused'
  /** Somebody acted on what it had been told of a path, a file or its length, and others had changed it since. */
  | 'look-outdated'
  /** Commands of several clients at the same time. */
  | 'commands-overlapped'
  /** Of so many that nobody looked for the order that explains them. */
  | 'order-undecided'
  /** A peer of another version was turned away; one of another minor version was served. */
  | 'version-refused'
  | 'version-mixed'
  /** A registry came after one that had served. */
  | 'registry-came-back'
  /** A registry that served read its configuration again. */
  | 'group-changed'
  /** A registry that ended left a session to the next one. */
  | 'session-kept'
  /** A consumer gave up a stream whose memory held nonsense. */
  | 'stream-distrusted'
  /** Somebody who was no application had streams of one. */
  | 'impostor-traced'
  /** A consumer came after one that had died. */
  | 'consumer-came-back'
  /** `lttng recover` ended a session. */
  | 'session-recovered'
  /** Who changed a session was told that it is not written down. */
  | 'change-unwritten'
  /** A consumer lied about what it had done. */
  | 'consumer-lied'
  /** Somebody got no more of what there is a bound for. */
  | 'bound-met'
  /** A registry turned away somebody who may not use it, and could connect. */
  | 'stranger-refused'
  /** A channel that another process had left was named to a registry. */
  | 'gift-of-another'
  /** A library did not record into memory that was not as granted. */
  | 'grant-distrusted'
  | 'snapshot-taken'
  | 'snapshots-at-once'
  | 'snapshot-of-the-dead'
  | 'snapshot-of-the-newest'
  | 'snapshot-on-crash';

export function marksOf(
  simulation: Simulation,
  ledger: Ledger,
  streams: readonly StreamContent[],
  { hasOverlaps, isUndecided }: Verdict,
  greetings: readonly Greeting[],
  harms: readonly Harm[],
): Mark[] {
  const { threads, commands, registries, hostiles } = ledger;
  const taken = snapshotsIn(ledger).filter(({ isDone }) => isDone);
  const written = writersOf(ledger, streams);
  const contentsOf = ({ output }: { output: string }): Written[] =>
    written.filter(({ stream }) => stream.file.startsWith(`${output}/`));
  /** Process ids by session, with who had them or without. */
  const ids = (isNamed: boolean): string[] =>
    written.map(
      ({ stream: { pid, session }, writers: [writer] }) =>
        `${pid} ${session} ${isNamed ? writer?.who : ''}`,
    );
  const consumers = simulation.processes().filter(({ program }) => program === 'ust-consumerd');
  const isFull = (snapshot: { output: string }): boolean =>
    contentsOf(snapshot).some(({ stream: { events } }) => events.length > 0);
  const happened: Record<Mark, boolean> = {
    'event-recorded': streams.some(({ events }) => events.length > 0),
    'event-discarded': streams.some(({ discarded }) => discarded > 0),
    'packet-overwritten': streams.some(({ lostPackets }) => lostPackets > 0),
    'application-killed': simulation
      .processes()
      .some(({ program, exit }) => program === 'application' && exit?.signal === 'SIGKILL'),
    'id-recorded-twice': new Set(ids(true)).size > new Set(ids(false)).size,
    'killed-inside-an-event': threads.some(({ emissions }) =>
      emissions.some(({ isDone, isEnabled }) => isEnabled && !isDone),
    ),
    'application-waited-on-pipe': threads.some(({ startedAt, uid }) =>
      registries.some(
        ({ scope, uid: owner, readyAt }) =>
          readyAt > startedAt && (scope === 'global' || owner === uid),
      ),
    ),
    'registry-of-a-user': registries.some(({ scope }) => scope === 'user'),
    'registry-global': registries.some(({ scope }) => scope === 'global'),
    'traced-through-the-group': outputsIn(ledger).some(
      ({ output, uid }) =>
        uid !== 0 &&
        written.some(
          ({ stream: { file, events }, writers }) =>
            file.startsWith(`${output}/`) &&
            events.length > 0 &&
            writers.some((thread) => thread.uid !== uid),
        ),
    ),
    'command-refused': commands.some(({ results }) =>
      results.some(({ kind }) => kind === 'failure'),
    ),
    'look-outdated': simulation.outdated.length > 0,
    'commands-overlapped': hasOverlaps,
    'order-undecided': isUndecided,
    'version-refused': greetings.some(({ refusedWith }) => refusedWith !== undefined),
    'version-mixed': greetings.some(({ minor, peerMinor = minor }) => peerMinor !== minor),
    'registry-came-back': registries.some(({ scope, uid, who }) =>
      registries.some((other) => other.scope === scope && other.uid === uid && other.who !== who),
    ),
    'group-changed': simulation.log.some(
      ({ message }) => message === 'Read the configuration again',
    ),
    'session-kept': simulation.log.some(({ message }) => message === KEPT_FOR_NEXT),
    'stream-distrusted': simulation.log.some(
      ({ program, message }) => program === 'ust-consumerd' && message === 'Lost a stream',
    ),
    'impostor-traced': hostiles.some(
      ({ trick, heard }) => trick.kind === 'join' && heard.includes('state'),
    ),
    'consumer-came-back': consumers.some(
      ({ exit, endedAt = Infinity }) =>
        exit?.signal === 'SIGKILL' && consumers.some(({ startedAt }) => startedAt > endedAt),
    ),
    'session-recovered': commands.some(
      ({ isRecovery, steps }) =>
        isRecovery === true && steps.some(({ operation }) => operation?.op === 'session.destroy'),
    ),
    'change-unwritten': commands.some(({ results }) =>
      results.some((result) => result.kind === 'reply' && result.value.unwritten !== undefined),
    ),
    'consumer-lied': hostiles.some(
      ({ trick, heard }) => trick.kind === 'consume' && heard.includes('stream.add'),
    ),
    'bound-met': simulation.log.some(
      ({ message, fields }) =>
        message === 'Turned a connection away' || fields['reason'] === 'follows no state any more',
    ),
    'stranger-refused': hostiles.some(
      ({ trick, heard }) => trick.kind === 'ask' && heard.includes('refused'),
    ),
    'gift-of-another': hostiles.some(
      ({ trick }) => trick.kind === 'borrow' && hostiles.some(({ lent }) => lent === trick.token),
    ),
    'grant-distrusted': simulation.log.some(
      ({ message }) => message === 'Cannot record into a stream',
    ),
    'snapshot-taken': taken.some(isFull),
    'snapshots-at-once': taken.some((one) =>
      taken.some(
        (other) => other !== one && other.askedAt < one.doneAt && one.askedAt < other.doneAt,
      ),
    ),
    // Its threads emitted nothing after it, and ended before it was asked for.
    'snapshot-of-the-dead': taken.some((snapshot) =>
      contentsOf(snapshot).some(({ writers }) =>
        writers.some(({ endedAt = Infinity }) => endedAt < snapshot.askedAt),
      ),
    ),
    // The buffers did not hold all any more.
    'snapshot-of-the-newest': taken.some((snapshot) =>
      contentsOf(snapshot).some(({ stream, writers: [thread] }) => {
        const [first] = stream.events;
        const oldest = thread?.emissions.find(({ isEnabled }) => isEnabled);
        return first !== undefined && oldest !== undefined && oldest.counter < first.counter;
      }),
    ),
    'snapshot-on-crash': commands.some(({ steps, results }) =>
      steps.some(
        ({ snapshot }, index) =>
          snapshot !== undefined &&
          results[index]?.kind === 'snapshot' &&
          steps[0]?.operation?.op === 'session.create',
      ),
    ),
    ...faultMarksOf(simulation, ledger, harms),
  };
  return (Object.keys(happened) as Mark[]).filter((mark) => happened[mark]);
}
