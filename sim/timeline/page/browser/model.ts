/** State shared by the parts of the page: the run, the selected entry, and the positions of entries on the axis. */
import type { PageData, PageEntry, PageRing } from './data.ts';

export interface Model {
  readonly data: PageData;
  selected: number;
  /** Pixels between two entries (`order`), or per microsecond (`time`). */
  scale: number;
  axis: 'order' | 'time';
  search: string;
  /** Selects an entry within bounds and calls all listeners. */
  select(entry: number): void;
  /** Calls all listeners. */
  changed(): void;
  onChange(listener: () => void): void;
  /** Horizontal position of an entry, in pixels from the start. */
  locationOf(entry: number): number;
  placeOfTime(time: number): number;
  width(): number;
  /** The last entry at or left of a position. */
  entryAt(place: number): number;
  /** For each row of a lane, the entry with the actor's state at the given entry. */
  statesAt(lane: number, entry: number): ReadonlyMap<number, PageEntry>;
  ringsAt(entry: number): readonly PageRing[];
  /** The next entry with the searched text, wrapping around; -1: none. */
  find(after: number, direction: 1 | -1): number;
  timeText(time: number): string;
}

export function createModel(data: PageData): Model {
  const { entries } = data;
  const last = Math.max(0, entries.length - 1);
  const listeners: (() => void)[] = [];
  const perMicrosecond = 1000;

  const model: Model = {
    data,
    selected: 0,
    scale: 14,
    axis: 'order',
    search: '',
    select(entry) {
      model.selected = Math.max(0, Math.min(last, entry));
      model.changed();
    },
    changed() {
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.push(listener);
    },
    locationOf(entry) {
      if (model.axis === 'order') return entry * model.scale;
      return ((entries[entry]?.time ?? 0) / perMicrosecond) * model.scale;
    },
    placeOfTime(time) {
      if (model.axis === 'time') return (time / perMicrosecond) * model.scale;
      return (
        countBefore(entries.length, (index) => (entries[index]?.time ?? 0) < time) * model.scale
      );
    },
    width() {
      return model.locationOf(last);
    },
    entryAt(place) {
      return Math.max(
        0,
        countBefore(entries.length, (index) => model.locationOf(index) <= place) - 1,
      );
    },
    statesAt(lane, entry) {
      return statesIn(entries, lane, entry);
    },
    ringsAt(entry) {
      const { memory } = data;
      const index = countBefore(memory.length, (at) => (memory[at]?.entry ?? 0) <= entry) - 1;
      return memory[index]?.rings ?? [];
    },
    find(after, direction) {
      return findText(data, model.search, after, direction);
    },
    timeText(time) {
      return `${(time / 1_000_000).toFixed(3)} ms`;
    },
  };
  return model;
}

/** Binary search: the number of indices below `length` for which `isBefore` holds; it holds for a prefix only. */
export function countBefore(length: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function statesIn(
  entries: readonly PageEntry[],
  lane: number,
  last: number,
): Map<number, PageEntry> {
  const states = new Map<number, PageEntry>();
  for (let index = 0; index <= last; index++) {
    const entry = entries[index];
    if (entry?.lane !== lane) continue;
    if (entry.kind === 'end') states.clear();
    else if (entry.row !== undefined && entry.isLast) states.delete(entry.row);
    else if (entry.row !== undefined) states.set(entry.row, entry);
  }
  return states;
}

export function findText(
  { entries, lanes }: PageData,
  text: string,
  after: number,
  direction: 1 | -1,
): number {
  const wanted = text.toLowerCase();
  if (wanted === '') return -1;
  for (let distance = 1; distance <= entries.length; distance++) {
    const index = (after + direction * distance + entries.length * 2) % entries.length;
    const entry = entries[index];
    if (entry === undefined) continue;
    const who = lanes[entry.lane]?.who ?? '';
    if (`${who} ${entry.kind} ${entry.text}`.toLowerCase().includes(wanted)) return index;
  }
  return -1;
}
