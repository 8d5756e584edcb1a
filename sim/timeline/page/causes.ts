/** Links causes and effects: a sent message and its receipt, a start and the first delivery of the child. */
import type { TimelineEntry } from '../entry.ts';

interface Sent {
  readonly index: number;
  readonly pid: number;
  readonly peer: number | undefined;
}

export class Causes {
  /** Messages in transit, by key. */
  readonly #sent = new Map<string, Sent[]>();
  /** Indices of the entries that started a process, by the id of that process. */
  readonly #starts = new Map<number, number>();

  /** Index of the entry that caused this one, if any; records this one as a possible cause. */
  causeOf(entry: TimelineEntry, index: number): number | undefined {
    switch (entry.kind) {
      case 'send': {
        const waiting = this.#sent.get(entry.key) ?? [];
        waiting.push({ index, pid: entry.pid, peer: entry.peer });
        this.#sent.set(entry.key, waiting);
        return undefined;
      }
      case 'receive':
        return this.#sendingOf(entry.key, entry.pid, entry.peer);
      case 'start':
        if (entry.child !== undefined) this.#starts.set(entry.child, index);
        return undefined;
      case 'deliver':
        return entry.what === 'main' ? this.#starts.get(entry.pid) : undefined;
      default:
        return undefined;
    }
  }

  /** The sent message with this key: between these two processes, otherwise the most likely one. */
  #sendingOf(key: string, pid: number, peer: number | undefined): number | undefined {
    const waiting = this.#sent.get(key) ?? [];
    const exact = waiting.findIndex((one) => one.pid === peer && one.peer === pid);
    const likely = waiting.findIndex((one) => one.pid === peer || one.peer === pid);
    const [found] = waiting.splice(exact >= 0 ? exact : Math.max(0, likely), 1);
    return found?.index;
  }
}
