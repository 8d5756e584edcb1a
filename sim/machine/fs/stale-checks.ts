/**
 * Stale checks (time of check, time of use): a process checked a path or the length of an open file, others changed it,
 * and the process used it afterwards. The system calls answer as usual; this class only records that it happened.
 */
import type { SimProcess } from '../process/process.ts';
import type { Tree } from './tree.ts';

/** A call that used a path or a length, which others had changed since an earlier call of the process checked it. */
export interface StaleCheck {
  readonly pid: number;
  readonly program: string;
  /** Names of calls, e.g. `files.info` and `files.open`. */
  readonly check: string;
  readonly use: string;
  readonly path: string;
}

/** `files.info, then files.open`. */
export function staleCheckText({ check, use }: StaleCheck): string {
  return `${check}, then ${use}`;
}

interface Checked {
  readonly check: string;
  readonly state: string;
}

export class StaleChecks {
  readonly found: StaleCheck[] = [];
  readonly #tree: Tree;
  readonly #checked = new WeakMap<SimProcess, Map<string, Checked>>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** A call of the process returns what is at the path. */
  recordCheck(process: SimProcess, check: string, path: string): void {
    const checked = this.#checked.get(process) ?? new Map<string, Checked>();
    this.#checked.set(process, checked);
    checked.set(path, { check, state: this.#stateAt(process, path) });
  }

  /** A call of the process uses the path, whatever it does there. This consumes the earlier check. */
  recordUse(process: SimProcess, use: string, path: string): void {
    const checked = this.#checked.get(process)?.get(path);
    if (checked === undefined) return;
    // A second check does not rely on the first one.
    if (use === 'files.info' && checked.check === use) return;
    this.#checked.get(process)?.delete(path);
    if (checked.state !== this.#stateAt(process, path)) this.add(process, checked.check, use, path);
  }

  /** Adds a stale check of the process. */
  add({ pid, program }: SimProcess, check: string, use: string, path: string): void {
    this.found.push({ pid, program, check, use, path });
  }

  #stateAt(process: SimProcess, path: string): string {
    const found = this.#tree.find(process, path);
    if (!found.ok) return found.error;
    const { id, uid, gid, mode } = found.value;
    return `${id} ${uid} ${gid} ${mode}`;
  }
}
