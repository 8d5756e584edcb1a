/**
 * Contexts (R2.9): each event has the values of its thread at its moment; it carries what its channel certainly has at
 * that moment, and nothing that nobody asked for.
 */
import { CONTEXT_VALUES } from '../input/contexts.ts';
import type { Emission } from '../ledger/emission.ts';
import type { Ledger, ThreadAccount } from '../ledger/ledger.ts';
import { type ContextAccount, contextsAsked, type SessionAccount } from '../ledger/sessions.ts';
import { writersOf } from '../ledger/stream-writers.ts';
import type { RecordedEvent, StreamContent, TraceContent } from '../ledger/trace-content.ts';
import { dutyByTime, servedBy } from './conservation.ts';
import { type Finding, finder } from './finding.ts';
import type { Tolerance } from './tolerance.ts';

const conservation = finder('conservation');

export function checkContexts(
  ledger: Ledger,
  session: SessionAccount,
  content: TraceContent,
  tolerance: Tolerance,
): Finding[] {
  const asked = contextsAsked(ledger, session);
  return writersOf(ledger, content.streams).flatMap(({ stream, writers: [writer, another] }) => {
    if (writer === undefined || another !== undefined) return [];
    const served = servedBy(ledger, session, writer);
    const lingersNs = tolerance.lingersFor(session);
    const isOwed = (context: ContextAccount, { at, isDone }: Emission): boolean =>
      isDone &&
      at < tolerance.certainUntil(session) &&
      !tolerance.mayMiss(session, writer) &&
      dutyByTime(session, [context], served(at), at, lingersNs) === 'recorded';
    return checkStream(writer, stream, asked, isOwed);
  });
}

function checkStream(
  writer: ThreadAccount,
  { file, events }: StreamContent,
  asked: readonly ContextAccount[],
  isOwed: (context: ContextAccount, emission: Emission) => boolean,
): Finding[] {
  const channel = file.slice(file.lastIndexOf('/') + 1, file.lastIndexOf('_'));
  const ofChannel = asked.filter((context) => (context.channel ?? channel) === channel);
  for (const event of events) {
    const emission = writer.emissions[event.counter];
    if (emission === undefined) continue;
    const wrong =
      wrongValue(writer, event) ??
      ofChannel.find(
        ({ name, isOfRules, ...context }) =>
          !isOfRules && !has(event, name) && isOwed({ name, isOfRules, ...context }, emission),
      )?.name;
    if (wrong !== undefined)
      return [conservation(`${file}: event ${event.counter} lacks ${wrong}`)];
    const uncalled = Object.keys(CONTEXT_VALUES).find(
      (name) =>
        has(event, name) &&
        !ofChannel.some((context) => context.name === name && context.askedAt <= emission.at),
    );
    if (uncalled !== undefined) {
      return [conservation(`${file}: event ${event.counter} carries ${uncalled} unasked`)];
    }
  }
  return [];
}

function has({ context }: RecordedEvent, name: string): boolean {
  const [field = ''] = CONTEXT_VALUES[name] ?? [];
  return field in context;
}

/** A context with another value than the thread had. */
function wrongValue(
  writer: ThreadAccount,
  { context, counter }: RecordedEvent,
): string | undefined {
  for (const [name, [field, valueOf]] of Object.entries(CONTEXT_VALUES)) {
    if (!(field in context)) continue;
    const expected = valueOf(writer, counter);
    if (context[field] !== expected) {
      return `the right ${name}: it has ${String(context[field])}, not ${String(expected)}`;
    }
  }
  return undefined;
}
