/**
 * Contexts in scenarios: which ones sessions ask for, what simulated applications publish, and what their events then
 * have. Oracles compare traces with it.
 */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import { utf8ByteLength } from '../../src/base/utf8.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { PartDraw } from './draw.ts';

/** What every simulated application publishes; it changes with each event. */
export const TURN = '$app.turn';
const LONG = 'x'.repeat(300);
const NUMBER_BYTES = 4;
/** Longest text of a context in a trace. */
const TEXT_CHARACTERS_MAX = 256;

/** The value at the moment of the event with this number: texts, numbers, and none. It may throw. */
export function turnOf(counter: number): unknown {
  switch (counter % 5) {
    case 0:
      return undefined;
    case 1:
      throw new Error('there is no value');
    case 2:
      return counter;
    case 3:
      return LONG;
    default:
      return `turn ${counter}`;
  }
}

/** The same as a trace has it. */
function recordedTurn(counter: number): string {
  switch (counter % 5) {
    case 2:
      return String(counter);
    case 3:
      return `${LONG.slice(0, TEXT_CHARACTERS_MAX - 1)}…`;
    case 4:
      return `turn ${counter}`;
    default:
      return '';
  }
}

interface Writer {
  readonly pid: number;
  readonly processName: string;
}

/** The field of each context in a trace, and its value in the event of a thread with this number. */
export const CONTEXT_VALUES: Readonly<
  Record<string, readonly [field: string, valueOf: (writer: Writer, counter: number) => unknown]>
> = {
  vpid: ['vpid', ({ pid }) => pid],
  vtid: ['vtid', ({ pid }) => pid],
  procname: ['procname', ({ processName }) => processName],
  [TURN]: ['app_turn', (_, counter) => recordedTurn(counter)],
  // No simulated application publishes it.
  '$app.none': ['app_none', () => ''],
};

const NAMES = ['vpid', 'vtid', 'procname', TURN, '$app.none'] as const;

/** Contexts for a channel of the session, or for all; sometimes for rules of this name alone. */
export function drawContexts(
  part: PartDraw,
  session: string,
  channel: string,
  pattern: string,
): Operation {
  const contexts = NAMES.filter(() => part.chance(2));
  return {
    op: 'context.add',
    session,
    ...(part.chance(2) ? { channel } : {}),
    ...(part.chance(3) ? { events: [pattern] } : {}),
    contexts: contexts.length === 0 ? [TURN] : contexts,
  };
}

/** Other commands of the session may run meanwhile, and a rule may be gone. */
export const CONTEXT_REFUSALS: readonly ClientErrorCode[] = ['SESSION_BUSY', 'NO_RULE'];

/** Bytes of these contexts in the event of a thread with this number. */
export function contextBytes(names: readonly string[], writer: Writer, counter: number): number {
  return names.reduce((sum, name) => {
    const value = CONTEXT_VALUES[name]?.[1](writer, counter);
    return sum + (typeof value === 'string' ? utf8ByteLength(value) + 1 : NUMBER_BYTES);
  }, 0);
}
