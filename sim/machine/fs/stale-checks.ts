/**
 * What processes were told of paths and of open files, and when that was no longer so as they acted on it: others had
 * changed it in between. The system answers as ever; this only notes that it happened.
 */
import type { SimProcess } from '../process/process.ts';
import type { Tree } from './tree.ts';

/** A call that went by what another one had said, which was true no more. */
export interface Outdated {
  readonly pid: number;
  readonly program: string;
  /** Names of calls, e.g. `files.info` and `files.open`. */
  readonly look: string;
  readonly act: string;
  readonly path: string;
}

/** `files.info, then files.open`. */
export function outdatedText({ look, act }: Outdated): string {
  return `${look}, then ${act}`;
}

interface Told {
  readonly look: string;
  readonly state: string;
}

export class StaleChecks {
  readonly outdated: Outdated[] = [];
  readonly #tree: Tree;
  readonly #told = new WeakMap<SimProcess, Map<string, Told>>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** The process is told what is at the path. */
  tell(process: SimProcess, look: string, path: string): void {
    const told = this.#told.get(process) ?? new Map<string, Told>();
    this.#told.set(process, told);
    told.set(path, { look, state: this.#stateAt(process, path) });
  }

  /** The process acts on the path; whatever it does there, what it was told is used up. */
  act(process: SimProcess, act: string, path: string): void {
    const told = this.#told.get(process)?.get(path);
    if (told === undefined) return;
    // Who looks anew does not go by what it saw before.
    if (act === 'files.info' && told.look === act) return;
    this.#told.get(process)?.delete(path);
    if (told.state !== this.#stateAt(process, path)) this.note(process, told.look, act, path);
  }

  /** Somebody acts on what was true no more. */
  note({ pid, program }: SimProcess, look: string, act: string, path: string): void {
    this.outdated.push({ pid, program, look, act, path });
  }

  #stateAt(process: SimProcess, path: string): string {
    const found = this.#tree.find(process, path);
    if (!found.ok) return found.error;
    const { id, uid, gid, mode } = found.value;
    return `${id} ${uid} ${gid} ${mode}`;
  }
}
