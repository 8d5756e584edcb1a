/**
 * Contexts (R2.9): each event has the values of its thread at its moment; it carries what its channel certainly has at
 * that moment, and nothing that no command asked for.
 */
import { CONTEXT_VALUES } from '../input/contexts.ts';
import { type ContextAccount, contextsAsked } from '../ledger/contexts.ts';
import type { Emission } from '../ledger/emission.ts';
import type { Ledger, ThreadAccount } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import { writersOf } from '../ledger/stream-writers.ts';
import type { RecordedEvent, StreamContent, TraceContent } from '../ledger/trace-content.ts';
import { dutyByTime, isNamedBy, servedBy } from './conservation.ts';
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
      isOfAll(context, session) &&
      dutyByTime(session, [[context]], served(at), at, lingersNs) === 'recorded';
    const finding = checkStream(writer, stream, asked, isOwed);
    return finding === undefined ? [] : [finding];
  });
}

/** Whether every event of the channel carries it: also if all events are of the only rule, which never changes. */
function isOfAll({ ofRules }: ContextAccount, { rules }: SessionAccount): boolean {
  const [only, another] = rules;
  const isOfOnly =
    another === undefined &&
    only?.endAskedAt === Number.POSITIVE_INFINITY &&
    ofRules?.patterns?.includes(only.pattern) === true;
  return ofRules === undefined || isOfOnly;
}

/** The first finding. */
function checkStream(
  writer: ThreadAccount,
  { file, events }: StreamContent,
  asked: readonly ContextAccount[],
  isOwed: (context: ContextAccount, emission: Emission) => boolean,
): Finding | undefined {
  const channel = file.slice(file.lastIndexOf('/') + 1, file.lastIndexOf('_'));
  const ofChannel = asked.filter(({ channels }) => channels?.includes(channel) ?? true);
  for (const event of events) {
    const emission = writer.emissions[event.counter];
    if (emission === undefined) continue;
    const wrong = wrongValue(writer, event);
    if (wrong !== undefined) return conservation(`${file}: event ${event.counter} ${wrong}`);
    const lacking = ofChannel.find(
      (context) => !has(event, context.name) && isOwed(context, emission),
    );
    if (lacking !== undefined) {
      return conservation(`${file}: event ${event.counter} lacks ${lacking.name}`);
    }
    const unasked = Object.keys(CONTEXT_VALUES).find(
      (name) => has(event, name) && !ofChannel.some((one) => mayBringAbout(one, name, emission)),
    );
    if (unasked !== undefined) {
      return conservation(`${file}: event ${event.counter} carries ${unasked} unasked`);
    }
  }
  return undefined;
}

function mayBringAbout(context: ContextAccount, name: string, emission: Emission): boolean {
  const patterns = context.ofRules?.patterns;
  return (
    context.name === name &&
    context.askedAt <= emission.at &&
    (patterns === undefined || patterns.some((pattern) => isNamedBy(pattern, emission.name)))
  );
}

function has({ context }: RecordedEvent, name: string): boolean {
  const [field = ''] = CONTEXT_VALUES[name] ?? [];
  return field in context;
}

/** Says which context has another value than the thread had. */
function wrongValue(
  writer: ThreadAccount,
  { context, counter }: RecordedEvent,
): string | undefined {
  for (const [name, [field, valueOf]] of Object.entries(CONTEXT_VALUES)) {
    if (!(field in context)) continue;
    const expected = valueOf(writer, counter);
    if (context[field] !== expected) {
      return `has "${String(context[field])}" as ${name}, not "${String(expected)}"`;
    }
  }
  return undefined;
}
