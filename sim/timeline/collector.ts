/** Tells a run as it goes: messages, states, what is done to the machine, what is logged, and how processes end. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { Inspect } from '../../src/runtime/system.ts';
import type { Harm } from '../faults/fault-hit.ts';
import { asHost } from '../machine/core/active-run.ts';
import { payloadText } from '../machine/core/call-trace.ts';
import type { Lens } from '../machine/lens.ts';
import type { Observer, SimProcess } from '../machine/simulation.ts';
import type { Entry, Told } from './entry.ts';
import { tap } from './tap.ts';

export interface Narrator {
  readonly lens: Lens;
  readonly observer: Observer;
  readonly inspect: (pid: number) => Inspect;
  readonly onHarm: (harm: Harm) => void;
}

/** What the narrator asks of the machine, which exists later than itself. */
export interface Stage {
  readonly now: () => number;
  readonly steps: () => number;
  readonly process: (pid: number) => SimProcess | undefined;
  readonly labelled: (who: string) => SimProcess | undefined;
}

/** Who is told of what happens to all: no process has this id. */
const MACHINE = 0;

export function narrator(stage: Stage, onEntry: (entry: Entry) => void): Narrator {
  const tellOf = (pid: number, who: string, told: Told): void =>
    asHost(() => onEntry({ ...told, step: stage.steps(), time: stage.now(), pid, who }));
  const tell = (pid: number, told: Told): void =>
    tellOf(pid, stage.process(pid)?.label ?? `${pid}`, told);
  return {
    lens: (world) => tap(world, tell),
    onHarm: ({ label, who = 'machine', at, until }) => {
      const ms = (until - at) / NS_PER_MS;
      const lasting = ms === Number.POSITIVE_INFINITY || ms === 0 ? '' : ` for ${ms} ms`;
      const pid = stage.labelled(who)?.pid ?? MACHINE;
      tellOf(pid, who, { kind: 'fault', text: `${label}${lasting}` });
    },
    observer: ({ pid, kind, payload }) => {
      const text = payloadText(payload);
      tell(pid, kind === 'end' ? { kind, exit: text } : { kind: 'deliver', what: kind, text });
    },
    inspect: (pid) => {
      const states = new Map<string, string>();
      return (actor, { value, status }) => {
        const state = status === 'stopped' && states.has(actor) ? 'gone' : stateText(value);
        if (state === '' || states.get(actor) === state) return;
        states.set(actor, state);
        tell(pid, {
          kind: 'state',
          actor,
          state,
          ...(status === 'active' ? {} : { isLast: true }),
        });
      };
    },
  };
}

/** `recording.active, following.watching` for nested and parallel states. */
function stateText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${stateText(inner)}`)
    .join(', ');
}
