/** Things worth happening: an ensemble of runs in which one of them never does is blind on that side. */

import { KEPT_FOR_NEXT } from '../../actors/sessiond/session/consumer.ts';
import type { FaultHit } from '../faults/fault-hit.ts';
import type { Mark } from '../input/mark.ts';
import type { Greeting } from '../ledger/greeting.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { outputsIn, snapshotsIn } from '../ledger/sessions.ts';
import { type Written, writersOf } from '../ledger/stream-writers.ts';
import type { StreamContent } from '../ledger/trace-content.ts';
import type { Simulation } from '../machine/simulation.ts';
import type { Verdict } from '../oracles/linearizable.ts';
import { faultMarksOf } from './fault-marks.ts';

export function marksOf(
  simulation: Simulation,
  ledger: Ledger,
  streams: readonly StreamContent[],
  { hasOverlaps, isUndecided }: Verdict,
  greetings: readonly Greeting[],
  hits: readonly FaultHit[],
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
      ({ attack, heard }) => attack.kind === 'join' && heard.includes('state'),
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
      ({ attack, heard }) => attack.kind === 'consume' && heard.includes('stream.add'),
    ),
    'bound-met': simulation.log.some(
      ({ message, fields }) =>
        message === 'Turned a connection away' || fields['reason'] === 'follows no state any more',
    ),
    'stranger-refused': hostiles.some(
      ({ attack, heard }) => attack.kind === 'ask' && heard.includes('refused'),
    ),
    'gift-of-another': hostiles.some(
      ({ attack }) =>
        attack.kind === 'borrow' && hostiles.some(({ lent }) => lent === attack.token),
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
    ...faultMarksOf(simulation, ledger, hits),
  };
  return (Object.keys(happened) as Mark[]).filter((mark) => happened[mark]);
}
