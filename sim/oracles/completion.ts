/**
 * Completion: when `lttng stop` or `destroy` returns, all events recorded before are in the trace. Applications that
 * record slowly enough lose no events.
 */
import { isUnawaited } from '../input/unawaited.ts';
import type { CommandAccount, Ledger, StepAccount, ThreadAccount } from '../ledger/ledger.ts';
import { clearedUntil } from '../ledger/rotations.ts';
import { isMoved, type SessionAccount } from '../ledger/sessions.ts';
import { streamsOf, writersOf } from '../ledger/stream-writers.ts';
import { type TraceContent, writtenBy } from '../ledger/trace-content.ts';
import { type Finding, finder } from './finding.ts';

const answers = finder('answers');
const conservation = finder('conservation');

/** Upper bound of the time between a tracepoint's call and its timestamp, virtual nanoseconds. */
const TIME_NS_MAX = 1_000_000;
/** The same when other processes may run in between. */
const PREEMPTED_NS_MAX = 10_000_000;

/** A step that was answered. */
export interface Answered {
  readonly command: CommandAccount;
  readonly step: StepAccount;
}

/** A trace at the moment when the end of a recording was answered. */
export interface Completion extends Answered {
  /** Undefined: in all places of the user's sessions, also at relays. */
  readonly output: string | undefined;
  readonly content: TraceContent;
}

/** Whether the step requests the end of a recording, and waits for it. */
export function isEnd({ operation }: StepAccount): boolean {
  const isOfEnd = operation?.op === 'session.stop' || operation?.op === 'session.destroy';
  return isOfEnd && !isUnawaited(operation);
}

/**
 * A command that ends a recording never says that a trace is whole when it is not: whatever faults there are, no event
 * from before the request appears in the trace only after the answer. `content`: the session's trace at the end of the
 * run.
 */
export function checkCompletion(
  ledger: Ledger,
  session: SessionAccount,
  completions: readonly Completion[],
  content: TraceContent,
): Finding[] {
  const { uuid, name } = session;
  const output = isMoved(session) ? undefined : session.output;
  const cleared = clearedUntil(session.rotations);
  return completions
    .filter((completion) => completion.output === output && isSaidWhole(completion, uuid))
    .map((completion) => ({ ...completion, content: writtenBy(uuid, completion.content) }))
    .flatMap((completion) => {
      const { operation, askedAt } = completion.step;
      const findings = ledger.threads.flatMap((thread) => {
        const known = eventsOf(ledger, completion.content, thread);
        const late = [...eventsOf(ledger, content, thread)].find((counter) => {
          const { at = askedAt } = thread.emissions[counter] ?? {};
          // A power cut may bring back what a clear had removed.
          return !known.has(counter) && at < askedAt && at > cleared;
        });
        if (late === undefined) return [];
        return [
          answers(
            `${operation?.op} of "${name}" was answered before event ${late} was in the trace`,
          ),
        ];
      });
      return findings.slice(unreadIn(completion));
    });
}

function eventsOf(ledger: Ledger, { streams }: TraceContent, thread: ThreadAccount): Set<number> {
  const own = streamsOf(writersOf(ledger, streams), thread);
  return new Set(own.flatMap(({ events }) => events.map(({ counter }) => counter)));
}

/** Streams that could not be read to their end, as the answer says: an earlier consumer may still have their memory. */
function unreadIn({ command, step }: Answered): number {
  const result = command.results[command.steps.indexOf(step)];
  return (result?.kind === 'reply' && result.value.session?.lost?.streams) || 0;
}

/** The answer is about this session, and does not say that events wait to be written. */
function isSaidWhole({ command, step }: Answered, uuid: string): boolean {
  const result = command.results[command.steps.indexOf(step)];
  const session = result?.kind === 'reply' ? result.value.session : undefined;
  return session?.uuid === uuid && session.unwritten === undefined;
}

/** Every event has the time at which it was emitted, relative to the first event of its stream. */
export function checkTimes(
  ledger: Ledger,
  { streams }: TraceContent,
  isPreempted: boolean,
): Finding[] {
  const most = isPreempted ? PREEMPTED_NS_MAX : TIME_NS_MAX;
  return writersOf(ledger, streams).flatMap(({ stream, writers: [thread] }) => {
    const {
      file,
      events: [first, ...others],
    } = stream;
    const emissions = thread?.emissions ?? [];
    const origin = emissions[first?.counter ?? -1];
    if (first === undefined || origin === undefined) return [];
    const wrong = others.find(({ counter, timestamp }) => {
      const emitted = emissions[counter];
      if (emitted === undefined) return false;
      const passed = Number(timestamp - first.timestamp);
      return Math.abs(passed - (emitted.at - origin.at)) > most;
    });
    return wrong === undefined
      ? []
      : [conservation(`${file}: event ${wrong.counter} has a wrong time`)];
  });
}

/** For sessions that record slowly. */
export function checkPace(contents: readonly TraceContent[]): Finding[] {
  return contents
    .flatMap(({ streams }) => streams)
    .filter(({ discarded, lostPackets }) => discarded + lostPackets > 0)
    .map(({ file, discarded, lostPackets }) =>
      conservation(`${file}: ${discarded} events and ${lostPackets} packets lost at a slow pace`),
    );
}
