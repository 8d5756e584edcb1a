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
}

export class ProcessTraces {
  readonly #world: TraceWorld;
  readonly #site: RecordingSite;
  #shared: Shared[] = [];

  constructor(world: TraceWorld, site: RecordingSite) {
    this.#world = world;
    this.#site = site;
  }

  /** The trace where a stream of the process goes that is nowhere yet. */
  current(process: TracedProcess): ProcessTrace {
    const known = this.#shared.findLast(({ trace }) => isSame(trace.process, process));
    return known?.trace ?? ProcessTrace.fresh(this.#world, this.#site, process);
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

  /** One more stream is written there. */
  use(trace: ProcessTrace): void {
    const known = this.#shared.find((other) => other.trace === trace);
    if (known === undefined) this.#shared.push({ trace, users: 1 });
    else known.users += 1;
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
