/** Collects the timeline of a run: messages, states, calls that change the machine, log lines, faults, exits. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { Inspect } from '../../src/runtime/system.ts';
import type { FaultHit } from '../faults/fault-hit.ts';
import { whoOn } from '../ledger/who.ts';
import { asHost } from '../machine/core/active-run.ts';
import { payloadText } from '../machine/core/call-trace.ts';
import type { Lens } from '../machine/lens.ts';
import type { Observer, SimProcess } from '../machine/simulation.ts';
import type { EntryBody, TimelineEntry } from './entry.ts';
import { tap } from './tap.ts';
import { Wires } from './wires.ts';

export interface TimelineCollector {
  readonly lens: Lens;
  readonly observer: Observer;
  readonly inspect: (pid: number) => Inspect;
  readonly onHit: (hit: FaultHit) => void;
}

/** Queries of the collector to the machine, which is created after it. */
export interface MachineQueries {
  readonly now: () => number;
  readonly steps: () => number;
  readonly process: (pid: number) => SimProcess | undefined;
  readonly labelled: (who: string) => SimProcess | undefined;
}

/** Process id of entries about the whole machine; no process has this id. */
export const MACHINE = 0;

export function timelineCollector(
  machine: MachineQueries,
  onEntry: (entry: TimelineEntry) => void,
  host?: string,
  wires = new Wires(),
): TimelineCollector {
  const addFor = (pid: number, who: string, body: EntryBody): void =>
    asHost(() =>
      onEntry({
        ...body,
        ...{ step: machine.steps(), time: machine.now(), pid, who: whoOn(host, who) },
        ...(host === undefined ? {} : { host }),
      }),
    );
  const add = (pid: number, body: EntryBody): void =>
    addFor(pid, machine.process(pid)?.label ?? `${pid}`, body);
  return {
    lens: (world) => tap(world, wires, add),
    onHit: ({ label, who = 'machine', at, until }) => {
      const pid = machine.labelled(who)?.pid ?? MACHINE;
      addFor(pid, who, { kind: 'fault', text: faultText(label, until - at) });
    },
    observer: ({ pid, kind, payload }) => {
      const text = payloadText(payload);
      add(pid, kind === 'end' ? { kind, exit: text } : { kind: 'deliver', what: kind, text });
    },
    inspect: (pid) => {
      const states = new Map<string, string>();
      return (actor, { value, status }) => {
        const state = status === 'stopped' && states.has(actor) ? 'gone' : stateText(value);
        if (state === '' || states.get(actor) === state) return;
        states.set(actor, state);
        add(pid, {
          kind: 'state',
          actor,
          state,
          ...(status === 'active' ? {} : { isLast: true }),
        });
      };
    },
  };
}

/** A fault and how long it lasts. */
export function faultText(label: string, forNs: number): string {
  const ms = forNs / NS_PER_MS;
  const isBrief = ms === Number.POSITIVE_INFINITY || ms === 0;
  return isBrief ? label : `${label} for ${ms} ms`;
}

/** `recording.active, following.watching` for nested and parallel states. */
function stateText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${stateText(inner)}`)
    .join(', ');
}
