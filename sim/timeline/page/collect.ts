/** Collects what the page of a run shows, while it runs, within bounds; what does not fit is said to be missing. */
import type { FaultHit } from '../../faults/fault-hit.ts';
import type { Simulation, Step } from '../../machine/simulation.ts';
import type { Finding } from '../../oracles/finding.ts';
import { entryText, type TimelineEntry } from '../entry.ts';
import { ringsIn } from '../ring-view.ts';
import type {
  PageBand,
  PageData,
  PageEntry,
  PageHolder,
  PageLane,
  PageRing,
} from './browser/data.ts';

/** Entries that a page has at most: browsers stay quick with more, but nobody reads them. */
export const ENTRIES_MAX = 20_000;
/** Characters of one text. */
export const TEXT_CHARACTERS_MAX = 2000;
/** Characters of all texts together. */
const TEXTS_CHARACTERS_MAX = 4 * 1024 * 1024;
/** Changes of shared memory that are kept. */
const MEMORY_MAX = 5000;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Lane = Mutable<PageLane> & { readonly rows: PageHolder[][] };

export interface PageCollector {
  readonly onEntry: (entry: TimelineEntry) => void;
  readonly onStep: (step: Step, simulation: Simulation) => void;
  readonly page: (about: {
    readonly title: string;
    readonly command: string;
    readonly facts: PageData['facts'];
    readonly findings: readonly Finding[];
    readonly hits: readonly FaultHit[];
  }) => PageData;
}

export function pageCollector(): PageCollector {
  const entries: Mutable<PageEntry>[] = [];
  const lanes: Lane[] = [];
  /** By lane and row, who has it now; undefined: it is free. */
  const holders = new Map<Lane, (string | undefined)[]>();
  const laneOfProcess = new Map<string, number>();
  const memory: { entry: number; rings: PageRing[] }[] = [];
  const sent = new Map<
    string,
    { readonly entry: number; readonly pid: number; readonly peer: number | undefined }[]
  >();
  const starters = new Map<number, number>();
  let lastRings = '';
  let [characters, droppedEntries, cutTexts, droppedMemory] = [0, 0, 0, 0];
  let machine: Simulation | undefined;

  const laneOf = ({ pid, who, time }: TimelineEntry): number => {
    const known = laneOfProcess.get(who);
    if (known !== undefined) return known;
    laneOfProcess.set(who, lanes.length);
    lanes.push({ pid, who, first: time, last: time, rows: [] });
    return lanes.length - 1;
  };
  /** The row of an actor of whom the newest entry tells: the one that it has, or the first that is free. */
  const rowOf = (lane: Lane, actor: string, isLast: boolean): number => {
    const alive = holders.get(lane) ?? [];
    holders.set(lane, alive);
    const own = alive.indexOf(actor);
    const free = alive.indexOf(undefined);
    const row = own >= 0 ? own : free >= 0 ? free : alive.length;
    if (own < 0) (lane.rows[row] ??= []).push({ actor, from: entries.length - 1 });
    alive[row] = isLast ? undefined : actor;
    return row;
  };
  const arrow = (from: number, to: number): void => {
    const [cause, effect] = [entries[from], entries[to]];
    if (cause === undefined || effect === undefined) return;
    cause.to = to;
    effect.from = from;
  };
  /** The message that was sent with this key, first to this process, else to anybody. */
  const cause = (key: string, pid: number, peer: number | undefined): number | undefined => {
    const waiting = sent.get(key) ?? [];
    const exact = waiting.findIndex((one) => one.pid === peer && one.peer === pid);
    const likely = waiting.findIndex((one) => one.pid === peer || one.peer === pid);
    const [found] = waiting.splice(exact >= 0 ? exact : Math.max(0, likely), 1);
    return found?.entry;
  };
  const link = (entry: TimelineEntry, index: number): void => {
    if (entry.kind === 'send') {
      const waiting = sent.get(entry.key) ?? [];
      waiting.push({ entry: index, pid: entry.pid, peer: entry.peer });
      sent.set(entry.key, waiting);
    } else if (entry.kind === 'receive') {
      const from = cause(entry.key, entry.pid, entry.peer);
      if (from !== undefined) arrow(from, index);
    } else if (entry.kind === 'start' && entry.child !== undefined) {
      starters.set(entry.child, index);
    } else if (entry.kind === 'deliver' && entry.what === 'main') {
      const from = starters.get(entry.pid);
      if (from !== undefined) arrow(from, index);
    }
  };
  const bandOf = ({ label, who, at, until }: FaultHit): PageBand => {
    const lane = who === undefined ? undefined : laneOfProcess.get(who);
    const to = Math.min(until, entries.at(-1)?.time ?? at);
    return { text: label, from: at, to: Math.max(at, to), ...(lane === undefined ? {} : { lane }) };
  };
  const lookAtMemory = (): void => {
    if (machine === undefined) return;
    const rings = ringsIn(machine.segments());
    const text = JSON.stringify(rings);
    if (text === lastRings) return;
    lastRings = text;
    if (memory.length < MEMORY_MAX) memory.push({ entry: Math.max(0, entries.length - 1), rings });
    else droppedMemory += 1;
  };

  return {
    onEntry: (entry) => {
      const lane = laneOf(entry);
      const row = lanes[lane];
      if (row !== undefined) {
        row.last = entry.time;
        if (entry.kind === 'end') row.exit = entry.exit;
      }
      const whole = entryText(entry);
      const text = whole.slice(0, TEXT_CHARACTERS_MAX);
      if (entries.length >= ENTRIES_MAX || characters + text.length > TEXTS_CHARACTERS_MAX) {
        droppedEntries += 1;
        return;
      }
      characters += text.length;
      if (text.length < whole.length) cutTexts += 1;
      const { time, step, kind } = entry;
      const made: Mutable<PageEntry> = { time, step, lane, kind, text };
      entries.push(made);
      if (entry.kind === 'state' && row !== undefined) {
        const { actor, state, isLast = false } = entry;
        Object.assign(made, { actor, state, row: rowOf(row, actor, isLast) });
        if (isLast) made.isLast = true;
      }
      link(entry, entries.length - 1);
      lookAtMemory();
    },
    onStep: (_, simulation) => {
      machine = simulation;
    },
    page: ({ hits, ...about }) => ({
      ...about,
      bands: hits.map(bandOf).sort((one, other) => one.from - other.from),
      findings: about.findings.map(({ oracle, text }) => ({ oracle, text })),
      lanes,
      entries,
      memory,
      leftOut: [
        ...said(
          droppedEntries,
          `entries at the end are left out: a page has ${entries.length} at most`,
        ),
        ...said(cutTexts, `texts are cut after ${TEXT_CHARACTERS_MAX} characters`),
        ...said(droppedMemory, 'changes of shared memory at the end are left out'),
      ],
    }),
  };
}

function said(times: number, what: string): string[] {
  return times === 0 ? [] : [`${times} ${what}.`];
}
