/** Tells a run as it goes: messages, states, what is done to the machine, what is logged, and how processes end. */
import type { Inspect } from '../src/runtime/system.ts';
import type { Lens } from './run.ts';
import { tap } from './tap.ts';
import type { Observer, SimProcess } from './world/machine.ts';
import { payloadText } from './world/trace.ts';

/** One thing that happened. */
export interface Line {
  /** Nanoseconds since the machine started. */
  readonly time: number;
  readonly pid: number;
  /** `user/program.N`; the same in every run of a seed. */
  readonly who: string;
  readonly what: string;
}

export interface Narrator {
  readonly lens: Lens;
  readonly observer: Observer;
  readonly inspect: (pid: number) => Inspect;
}

/** What the narrator asks of the machine, which exists later than itself. */
export interface Stage {
  readonly now: () => number;
  readonly process: (pid: number) => SimProcess | undefined;
}

export function narrator(stage: Stage, onLine: (line: Line) => void): Narrator {
  const tell = (pid: number, what: string): void => {
    const who = stage.process(pid)?.label ?? `${pid}`;
    onLine({ time: stage.now(), pid, who, what });
  };
  return {
    lens: (world) => tap(world, tell),
    observer: ({ pid, kind, payload }) => {
      if (kind === 'end') tell(pid, `ends: ${payloadText(payload)}`);
    },
    inspect: (pid) => {
      const states = new Map<string, string>();
      return (event) => {
        if (event.type !== '@xstate.snapshot') return;
        const { id } = event.actorRef as unknown as { id: string };
        const { value } = event.snapshot as { value?: unknown };
        const state = stateText(value);
        if (state === '' || states.get(id) === state) return;
        states.set(id, state);
        tell(pid, `${id} is ${state}`);
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
