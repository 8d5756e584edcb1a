/** The traces that a consumer writes at the moment: those of one process share one as long as they can. */
import {
  ProcessTrace,
  type RecordingSite,
  type TracedProcess,
  type TraceWorld,
} from './process-trace.ts';

interface Shared {
  readonly trace: ProcessTrace;
  users: number;
  /** Numbers of the streams that are there, or were: one that has the number of another goes elsewhere. */
  readonly streamIds: Set<number>;
}

/** A stream of a traced process. */
interface TracedStream extends TracedProcess {
  readonly streamId: number;
}

export class ProcessTraces {
  readonly #world: TraceWorld;
  readonly #site: RecordingSite;
  #shared: Shared[] = [];

  constructor(world: TraceWorld, site: RecordingSite) {
    this.#world = world;
    this.#site = site;
  }

  /** The trace where a stream goes that is nowhere yet. */
  current(stream: TracedStream): ProcessTrace {
    const known = this.#shared.findLast(
      ({ trace, streamIds }) => isSame(trace.process, stream) && !streamIds.has(stream.streamId),
    );
    return known?.trace ?? ProcessTrace.fresh(this.#world, this.#site, stream);
  }

  /** A trace that nothing is in. */
  another(process: TracedProcess): ProcessTrace {
    return ProcessTrace.fresh(this.#world, this.#site, process);
  }

  /** The trace of the process with this key; undefined: the key makes no sense. */
  at(process: TracedProcess, key: bigint): ProcessTrace | undefined {
    const known = this.#shared.find(
      ({ trace }) => trace.key === key && isSame(trace.process, process),
    );
    return known?.trace ?? ProcessTrace.at(this.#world, this.#site, process, key);
  }

  /** The stream is written there. */
  use(trace: ProcessTrace, { streamId }: TracedStream): void {
    let known = this.#shared.find((other) => other.trace === trace);
    if (known === undefined) {
      known = { trace, users: 0, streamIds: new Set() };
      this.#shared.push(known);
    }
    known.users += 1;
    known.streamIds.add(streamId);
  }

  /** One stream less; the last one closes the trace. */
  leave(trace: ProcessTrace): void {
    const known = this.#shared.find((other) => other.trace === trace);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users > 0) return;
    this.#shared = this.#shared.filter((other) => other !== known);
    trace.close();
  }
}

function isSame(a: TracedProcess, b: TracedProcess): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt && a.processName === b.processName;
}
