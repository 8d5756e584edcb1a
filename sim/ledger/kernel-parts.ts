/** The kernel parts of users' sessions, and when each recorded, derived from the answers to their commands. */
import type { EventPattern } from '../../src/kernel/rules.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { Ledger } from './ledger.ts';

/** Nanoseconds since the machine started. */
interface Span {
  readonly from: number;
  readonly until: number;
}

export interface KernelPartAccount {
  readonly name: string;
  readonly uuid: string;
  readonly user: string;
  readonly output: string;
  /** Its data may have been given up. */
  readonly isAbandoned: boolean;
  /** Rules that were enabled before it began to record. */
  readonly rules: readonly EventPattern[];
  /** When it surely recorded, and when it surely did not. */
  readonly recorded: readonly Span[];
  readonly rested: readonly Span[];
}

const STARTS: ReadonlySet<Operation['op']> = new Set(['session.start']);
const ENDS: ReadonlySet<Operation['op']> = new Set([
  'session.stop',
  'session.pause',
  'session.destroy',
]);

/** In the order in which they were answered for the first time. */
export function kernelPartsIn(ledger: Ledger): KernelPartAccount[] {
  const parts = new Map<
    string,
    Pick<KernelPartAccount, 'name' | 'user' | 'output' | 'isAbandoned'>
  >();
  for (const { user, results } of ledger.commands) {
    for (const result of results) {
      const session = result.kind === 'reply' ? result.value.session : undefined;
      if (session?.domain !== 'kernel') continue;
      const { name, uuid, output = '', abandoned } = session;
      const isAbandoned = parts.get(uuid)?.isAbandoned === true || abandoned !== undefined;
      parts.set(uuid, { name, user, output, isAbandoned });
    }
  }
  return [...parts].map(([uuid, part]) => ({ uuid, ...part, ...historyOf(ledger, uuid) }));
}

/** Commands on the part follow each other, so that an answer holds until the next request. */
function historyOf(
  { commands }: Ledger,
  uuid: string,
): Pick<KernelPartAccount, 'rules' | 'recorded' | 'rested'> {
  const rules: EventPattern[] = [];
  const recorded: Span[] = [];
  const rested: Span[] = [];
  let state: 'recording' | 'resting' | 'unknown' = 'resting';
  let since = 0;
  const until = (at: number): void => {
    if (state === 'recording') recorded.push({ from: since, until: at });
    else if (state === 'resting') rested.push({ from: since, until: at });
  };
  for (const { steps, results } of commands) {
    for (const [index, { operation, askedAt, answeredAt }] of steps.entries()) {
      if (operation === undefined || !('session' in operation) || operation.session !== uuid)
        continue;
      const isDone = results[index]?.kind === 'reply' && answeredAt !== undefined;
      if (operation.op === 'event.enable' && isDone) rules.push(...patternsOf(operation));
      const isStart = STARTS.has(operation.op);
      if (!isStart && !ENDS.has(operation.op)) continue;
      until(askedAt);
      state = !isDone ? 'unknown' : isStart ? 'recording' : 'resting';
      since = answeredAt ?? askedAt;
    }
  }
  until(Number.POSITIVE_INFINITY);
  return { rules, recorded, rested };
}

function patternsOf({
  patterns,
  kind,
  filter,
}: Extract<Operation, { op: 'event.enable' }>): EventPattern[] {
  const more = { ...(kind && { kind }), ...(filter && { filter }) };
  return patterns.map((pattern) => ({ pattern, ...more }));
}
