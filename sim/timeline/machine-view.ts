/** A view of a simulated machine at one of its steps: processes, states of actors, and objects of the machine. */

import { NS_PER_MS } from '../../src/base/time.ts';
import { whoOn } from '../ledger/who.ts';
import type {
  ListedFile,
  ListedPipe,
  ListedSocket,
  Simulation,
  Step,
} from '../machine/simulation.ts';
import { entryText, type TimelineEntry } from './entry.ts';
import { type RingView, ringsIn } from './ring-view.ts';

/** Number of recent entries in the view. */
const RECENT_MAX = 20;

export interface ProcessView {
  readonly pid: number;
  readonly who: string;
  readonly uid: number;
  /** World calls made so far. */
  readonly calls: number;
  /** Undefined: it runs. Otherwise its exit code or the signal that ended it. */
  readonly exit: string | undefined;
  /** State of each actor, by its id. */
  readonly actors: Readonly<Record<string, string>>;
}

export interface SegmentView {
  readonly id: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly byteLength: number;
  readonly isRemoved: boolean;
  readonly attached: readonly { readonly pid: number; readonly access: 'read' | 'write' }[];
}

export interface MachineView {
  readonly step: number;
  /** Nanoseconds since the machine started. */
  readonly time: number;
  /** The next delivery, and its process. */
  readonly next: { readonly pid: number; readonly kind: string };
  readonly processes: readonly ProcessView[];
  readonly sockets: readonly ListedSocket[];
  readonly connectionEnds: number;
  readonly pipes: readonly ListedPipe[];
  readonly segments: readonly SegmentView[];
  readonly rings: readonly RingView[];
  readonly files: readonly ListedFile[];
  /** The latest entries. */
  readonly recent: readonly TimelineEntry[];
}

export interface MachineLooker {
  readonly onEntry: (entry: TimelineEntry) => void;
  readonly onStep: (step: Step, simulation: Simulation) => void;
  /** Undefined if the run has no such step. */
  readonly view: () => MachineView | undefined;
}

/** Takes a view of the machine right before delivery number `at` of a run. */
export function machineLooker(at: number): MachineLooker {
  const recent: TimelineEntry[] = [];
  const states = new Map<string, Record<string, string>>();
  let seen: MachineView | undefined;
  return {
    onEntry: (entry) => {
      if (seen !== undefined) return;
      if (entry.kind === 'state') {
        const actors = states.get(entry.who) ?? {};
        actors[entry.actor] = entry.state;
        states.set(entry.who, actors);
      }
      recent.push(entry);
      if (recent.length > RECENT_MAX) recent.shift();
    },
    onStep: ({ step, time, pid, kind }, simulation) => {
      if (step !== at) return;
      const segments = simulation.segments();
      seen = {
        step,
        time,
        next: { pid, kind },
        processes: simulation.processes().map(({ pid: id, label, uid, calls, exit }) => ({
          pid: id,
          who: whoOn(simulation.name, label),
          uid,
          calls,
          exit: exit === undefined ? undefined : `${exit.signal ?? exit.code}`,
          actors: { ...states.get(whoOn(simulation.name, label)) },
        })),
        sockets: simulation.sockets(),
        connectionEnds: simulation.connectionEnds(),
        pipes: simulation.pipes(),
        segments: segments.map(({ id, uid, gid, mode, byteLength, isRemoved, attachments }) => {
          const attached = [...attachments].map((one) => ({ pid: one.pid, access: one.access }));
          return { id, uid, gid, mode, byteLength, isRemoved, attached };
        }),
        rings: ringsIn(segments),
        files: simulation.listFiles(),
        recent: [...recent],
      };
    },
    view: () => seen,
  };
}

/** The view as lines of text. */
export function machineLines(view: MachineView): string[] {
  const { step, time, next, processes } = view;
  const who = processes.findLast(({ pid }) => pid === next.pid)?.who ?? `${next.pid}`;
  const inMs = (ns: number): string => (ns / NS_PER_MS).toFixed(3);
  const octal = (mode: number): string => mode.toString(8).padStart(3, '0');
  return [
    `Step ${step} at ${inMs(time)} ms: "${next.kind}" is about to be delivered to ${who}.`,
    ...section(
      'Processes',
      processes.flatMap((process) => [
        `${process.pid} ${process.who} (uid ${process.uid}), ${process.calls} calls, ` +
          (process.exit === undefined ? 'runs' : `ended: ${process.exit}`),
        ...(process.exit === undefined
          ? Object.entries(process.actors).map(([actor, state]) => `  ${actor} is ${state}`)
          : []),
      ]),
    ),
    ...section('Sockets', [
      ...view.sockets.map(
        ({ path, listenerPid, waiting, passedSockets }) =>
          `${path}: ${listenerPid === undefined ? 'no listener' : `${listenerPid} listens`}, ` +
          `${waiting} in the backlog, ${passedSockets} passed sockets`,
      ),
      `${view.connectionEnds} connection ends`,
    ]),
    ...section(
      'Pipes',
      view.pipes.map(
        ({ path, waiters, readers, writers }) =>
          `${path}: ${waiters} wait, ${readers} read, ${writers} write`,
      ),
    ),
    ...section(
      'Segments',
      view.segments.map(({ id, uid, gid, mode, byteLength, isRemoved, attached }) => {
        const by = attached.map(({ pid, access }) => `${pid} to ${access}`).join(', ');
        const removed = isRemoved ? ', removed' : '';
        return `${id} of ${uid}:${gid} ${octal(mode)}, ${byteLength} bytes${removed}; ${by || 'not attached'}`;
      }),
    ),
    ...section('Streams', view.rings.flatMap(ringLines)),
    ...section(
      'Files',
      view.files.map(
        ({ path, kind, uid, gid, mode, byteLength }) =>
          `${path} (${kind}) ${uid}:${gid} ${octal(mode)}, ${byteLength} bytes`,
      ),
    ),
    ...section(
      'Recently',
      view.recent.map((entry) => `${inMs(entry.time)} ${entry.who} ${entryText(entry)}`),
    ),
  ];
}

function ringLines(ring: RingView): string[] {
  const { streamId, dataSegment, subbufferBytes, opened, consumed, consumedBytes } = ring;
  const mode = ring.overwrite ? 'overwrite' : 'discard';
  const slots = ring.slots.map(
    ({ sequence, committed }) => `[${sequence === 0 ? '-' : sequence}: ${committed}]`,
  );
  return [
    `stream ${streamId} in segment ${dataSegment}: ${ring.subbufferCount} x ${subbufferBytes} bytes, ${mode}; ` +
      `${opened} opened, ${consumed} consumed and ${consumedBytes} bytes, ${ring.discarded} events discarded`,
    `  sub-buffers [number: committed bytes] ${slots.join(' ')}`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`))];
}
