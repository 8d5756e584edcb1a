/** Links causes and effects: a sent message and its receipt, a start and the first delivery of the child. */
import type { TimelineEntry } from '../entry.ts';

interface Sent {
  readonly index: number;
  readonly pid: number;
  readonly peer: number | string | undefined;
}

export class Causes {
  /** Messages in transit, by key. */
  readonly #sent = new Map<string, Sent[]>();
  /** Indices of the entries that started a process, by its host and its id. */
  readonly #starts = new Map<string, number>();
  /** Indices of the entries of the first end of a connection, by its key. */
  readonly #ends = new Map<string, number>();

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
      case 'connect': {
        const first = this.#ends.get(entry.key);
        if (first === undefined) this.#ends.set(entry.key, index);
        else this.#ends.delete(entry.key);
        return first;
      }
      case 'start':
        if (entry.child !== undefined) this.#starts.set(placeOf(entry, entry.child), index);
        return undefined;
      case 'deliver':
        return entry.what === 'main' ? this.#starts.get(placeOf(entry, entry.pid)) : undefined;
      default:
        return undefined;
    }
  }

  /** The sent message with this key: between these two processes, otherwise the most likely one. */
  #sendingOf(key: string, pid: number, peer: number | string | undefined): number | undefined {
    const waiting = this.#sent.get(key) ?? [];
    const exact = waiting.findIndex((one) => one.pid === peer && one.peer === pid);
    const likely = waiting.findIndex((one) => one.pid === peer || one.peer === pid);
    const [found] = waiting.splice(exact >= 0 ? exact : Math.max(0, likely), 1);
    return found?.index;
  }
}

function placeOf({ host = '' }: TimelineEntry, pid: number): string {
  return `${host} ${pid}`;
}
