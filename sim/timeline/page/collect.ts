/** Collects the data of a run's page while it runs, within bounds; the page states what was left out. */
import type { FaultHit } from '../../faults/fault-hit.ts';
import type { Simulation, Step } from '../../machine/simulation.ts';
import type { Finding } from '../../oracles/finding.ts';
import { entryText, type TimelineEntry } from '../entry.ts';
import { ringsIn } from '../ring-view.ts';
import type { PageBand, PageData, PageEntry, PageRing } from './browser/data.ts';
import { Causes } from './causes.ts';
import { Lanes } from './lanes.ts';

/** Maximum number of entries of a page: browsers can show more, but readers cannot use more. */
export const ENTRIES_MAX = 20_000;
/** Characters of one text. */
export const ENTRY_TEXT_CHARACTERS_MAX = 2000;
/** Characters of all texts together. */
const TEXTS_CHARACTERS_MAX = 4 * 1024 * 1024;
/** Maximum number of recorded changes of shared memory. */
const MEMORY_MAX = 5000;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

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
  const lanes = new Lanes();
  const causes = new Causes();
  const memory = new MemoryChanges();
  let [characters, droppedEntries, cutTexts] = [0, 0, 0];
  /** The hosts that have run, by name. */
  const machines = new Map<string | undefined, Simulation>();

  const add = (entry: TimelineEntry, lane: number, text: string): void => {
    const { time, step, kind } = entry;
    const made: Mutable<PageEntry> = { time, step, lane, kind, text };
    const index = entries.push(made) - 1;
    if (entry.kind === 'state') {
      const { actor, state, isLast = false } = entry;
      Object.assign(made, { actor, state, row: lanes.rowOf(lane, actor, isLast, index) });
      if (isLast) made.isLast = true;
    }
    const from = causes.causeOf(entry, index);
    const cause = entries[from ?? -1];
    if (from === undefined || cause === undefined) return;
    cause.to = index;
    made.from = from;
  };
  const bandOf = ({ label, who, hosts, at, until }: FaultHit): PageBand => {
    const lane = who === undefined ? undefined : lanes.of(who);
    const to = Math.min(until, entries.at(-1)?.time ?? at);
    const over = lane === undefined ? { ...(hosts && { hosts }) } : { lane };
    return { text: label, from: at, to: Math.max(at, to), ...over };
  };
  return {
    onEntry: (entry) => {
      const lane = lanes.extend(entry);
      const whole = entryText(entry);
      const text = whole.slice(0, ENTRY_TEXT_CHARACTERS_MAX);
      if (entries.length >= ENTRIES_MAX || characters + text.length > TEXTS_CHARACTERS_MAX) {
        droppedEntries += 1;
        return;
      }
      characters += text.length;
      if (text.length < whole.length) cutTexts += 1;
      add(entry, lane, text);
      memory.look([...machines.values()], entries.length - 1);
    },
    onStep: (_, simulation) => {
      machines.set(simulation.name, simulation);
    },
    page: ({ hits, ...about }) => ({
      ...about,
      bands: hits.map(bandOf).sort((one, other) => one.from - other.from),
      findings: about.findings.map(({ oracle, text }) => ({ oracle, text })),
      lanes: lanes.all,
      entries,
      memory: memory.all,
      leftOut: [
        ...said(
          droppedEntries,
          `entries at the end are left out: a page has ${entries.length} at most`,
        ),
        ...said(cutTexts, `texts are cut after ${ENTRY_TEXT_CHARACTERS_MAX} characters`),
        ...said(memory.dropped, 'changes of shared memory at the end are left out'),
      ],
    }),
  };
}

/** The contents of the buffers in shared memory, for each change between two entries. */
class MemoryChanges {
  readonly all: { readonly entry: number; readonly rings: readonly PageRing[] }[] = [];
  dropped = 0;
  #last = '';

  look(machines: readonly Simulation[], entry: number): void {
    if (machines.length === 0) return;
    const rings = machines.flatMap((machine) => {
      const place = machine.name === undefined ? {} : { host: machine.name };
      return ringsIn(machine.segments()).map((ring) => ({ ...ring, ...place }));
    });
    const text = JSON.stringify(rings);
    if (text === this.#last) return;
    this.#last = text;
    if (this.all.length < MEMORY_MAX) this.all.push({ entry, rings });
    else this.dropped += 1;
  }
}

function said(times: number, what: string): string[] {
  return times === 0 ? [] : [`${times} ${what}.`];
}
