/** The lanes of a page: one for each process, with rows that its actors use one after the other. */
import type { TimelineEntry } from '../entry.ts';
import type { PageHolder, PageLane } from './browser/data.ts';

type Lane = { -readonly [Name in keyof PageLane]: PageLane[Name] } & {
  readonly rows: PageHolder[][];
};

export class Lanes {
  readonly all: Lane[] = [];
  readonly #indexOf = new Map<string, number>();
  /** By lane and row, the actor that uses the row now; undefined: the row is free. */
  readonly #holders: (string | undefined)[][] = [];

  /** Index of the lane of a process. */
  of(who: string): number | undefined {
    return this.#indexOf.get(who);
  }

  /** Index of the lane of an entry's process; extends the lane up to the entry. */
  extend(entry: TimelineEntry): number {
    const { pid, who, time, host } = entry;
    const place = host === undefined ? {} : { host };
    const index = this.#indexOf.get(who) ?? this.all.length;
    const lane = (this.all[index] ??= { pid, who, ...place, first: time, last: time, rows: [] });
    this.#indexOf.set(who, index);
    lane.last = time;
    if (entry.kind === 'end') lane.exit = entry.exit;
    return index;
  }

  /** The row of the actor in entry number `at`: the actor's current row, or the first free one. */
  rowOf(index: number, actor: string, isLast: boolean, at: number): number {
    const alive = (this.#holders[index] ??= []);
    const own = alive.indexOf(actor);
    const free = alive.indexOf(undefined);
    const row = own >= 0 ? own : free >= 0 ? free : alive.length;
    const rows = this.all[index]?.rows ?? [];
    if (own < 0) (rows[row] ??= []).push({ actor, from: at });
    alive[row] = isLast ? undefined : actor;
    return row;
  }
}
