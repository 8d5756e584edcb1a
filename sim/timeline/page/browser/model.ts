/** What the parts of the page share: the run, which entry is selected, and how entries lie on the time axis. */
import type { PageData, PageEntry, PageRing } from './data.ts';

export interface Model {
  readonly data: PageData;
  selected: number;
  /** Pixels between two entries (`order`), or per microsecond (`time`). */
  scale: number;
  axis: 'order' | 'time';
  search: string;
  /** Selects an entry within bounds and tells everybody. */
  select(entry: number): void;
  /** Tells everybody that something changed. */
  changed(): void;
  onChange(listener: () => void): void;
  /** Horizontal place of an entry, in pixels from the start. */
  placeOf(entry: number): number;
  placeOfTime(time: number): number;
  width(): number;
  /** The last entry at or left of a place. */
  entryAt(place: number): number;
  /** The entries that told of the states which actors of a lane have at an entry, by row. */
  statesAt(lane: number, entry: number): ReadonlyMap<number, PageEntry>;
  ringsAt(entry: number): readonly PageRing[];
  /** The next entry with the searched text, going round; -1: there is none. */
  find(after: number, direction: 1 | -1): number;
  timeText(time: number): string;
}

export function createModel(data: PageData): Model {
  const { entries } = data;
  const last = Math.max(0, entries.length - 1);
  const listeners: (() => void)[] = [];
  const perMicrosecond = 1000;

  /** How many entries `isBefore` holds for, when it holds for the first ones only. */
  const countBefore = (length: number, isBefore: (index: number) => boolean): number => {
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  };

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
    placeOf(entry) {
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
      return model.placeOf(last);
    },
    entryAt(place) {
      return Math.max(0, countBefore(entries.length, (index) => model.placeOf(index) <= place) - 1);
    },
    statesAt(lane, entry) {
      const states = new Map<number, PageEntry>();
      for (let index = 0; index <= entry; index++) {
        const told = entries[index];
        if (told?.lane !== lane) continue;
        if (told.kind === 'end') states.clear();
        else if (told.row !== undefined && told.isLast) states.delete(told.row);
        else if (told.row !== undefined) states.set(told.row, told);
      }
      return states;
    },
    ringsAt(entry) {
      const { memory } = data;
      const index = countBefore(memory.length, (at) => (memory[at]?.entry ?? 0) <= entry) - 1;
      return memory[index]?.rings ?? [];
    },
    find(after, direction) {
      const wanted = model.search.toLowerCase();
      if (wanted === '') return -1;
      for (let distance = 1; distance <= entries.length; distance++) {
        const index = (after + direction * distance + entries.length * 2) % entries.length;
        const entry = entries[index];
        if (entry === undefined) continue;
        const who = data.lanes[entry.lane]?.who ?? '';
        if (`${who} ${entry.kind} ${entry.text}`.toLowerCase().includes(wanted)) return index;
      }
      return -1;
    },
    timeText(time) {
      return `${(time / 1_000_000).toFixed(3)} ms`;
    },
  };
  return model;
}
