/**
 * What a traced application does, as data, and the code that does it. The same data runs against the simulated
 * machine and, as a program of its own, against a real one: only a clock, a tracer and a notebook are needed.
 *
 * Every event carries its number in the thread and a text that follows from the number, so that a trace alone
 * shows what is missing, doubled, out of order or damaged.
 */
import { LOG_LEVELS, type LogLevelName } from '../src/ctf/model.ts';
import type { Tracepoint } from '../src/tracer/tracer.ts';
import { string, u32 } from '../src/tracer/types.ts';
import type { Emission } from './ledger.ts';

/** Times are milliseconds since the library was ready; steps are carried out in order. */
export type WorkStep =
  /** `count` events of a class, one after the other without a pause. The class is defined by its first use. */
  | {
      readonly at: number;
      readonly do: 'emit';
      readonly count: number;
      readonly of: string;
      /** Characters of text in each event. */
      readonly characters: number;
      /** As in `LOG_LEVELS`; that of a debug line when left out. */
      readonly level?: number;
    }
  /** Defines a class before it is used. */
  | { readonly at: number; readonly do: 'define'; readonly of: string }
  /** Starts a child that inherits the environment, and goes on. */
  | { readonly at: number; readonly do: 'spawn'; readonly workload: Workload }
  /** Adds so many characters to a file of its own. */
  | { readonly at: number; readonly do: 'write'; readonly characters: number }
  | { readonly at: number; readonly do: 'throw' }
  | { readonly at: number; readonly do: 'exit'; readonly code: number };

export interface Workload {
  readonly steps: readonly WorkStep[];
  /** As which it is traced, when that is not its program's name. */
  readonly processName?: string;
  /** The process is killed at this World call, counted from 1 at its start. */
  readonly killAtCall?: number;
}

/** The payload of every event. */
export const SCHEMA = { counter: u32, text: string };

export type Emit = Tracepoint<{ readonly counter: number; readonly text: string }>;

/** Name of a class of workloads in traces. */
function eventName(of: string): string {
  return `sim:${of}`;
}

function levelName(level: number): LogLevelName {
  const [name] = Object.entries(LOG_LEVELS).find(([, value]) => value === level) ?? ['debugLine'];
  return name as LogLevelName;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Texts that are kept, and characters of the longest one. */
const [TEXTS_MAX, TEXT_LENGTH_MAX] = [1000, 5000];
/** What V8 makes of a repeated letter is a tree, which is put in order when it is read: once for all runs. */
const texts = new Map<string, string>();

/** The text of the event with this number. */
function textOf(counter: number, characters: number): string {
  const letter = LETTERS.charAt(counter % LETTERS.length);
  const key = `${letter}${characters}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = letter.repeat(characters);
  if (texts.size < TEXTS_MAX && characters <= TEXT_LENGTH_MAX) texts.set(key, text);
  return text;
}

/** Told of every event, so that somebody can compare. */
export interface Notebook {
  /** Before the call. */
  began(event: Omit<Emission, 'at' | 'isDone'>): void;
  /** After the call came back. */
  ended(): void;
}

export interface WorkloadHost {
  /** Calls back after so many milliseconds. */
  readonly after: (delayMs: number, then: () => void) => void;
  readonly define: (name: string, logLevel: LogLevelName) => Emit;
  readonly notebook: Notebook;
  /** Starts a child that does this. */
  readonly spawn: (workload: Workload) => void;
  /** Adds this to a file of the process's own. */
  readonly write: (text: string) => void;
  readonly exit: (code: number) => void;
}

/** Carries out the steps from now on. */
export function runWorkload(host: WorkloadHost, { steps }: Workload): void {
  const { notebook } = host;
  const classes = new Map<string, Emit>();
  let counter = 0;

  const defined = (of: string, level: number): Emit => {
    const key = `${of} ${level}`;
    const known = classes.get(key) ?? host.define(eventName(of), levelName(level));
    classes.set(key, known);
    return known;
  };

  const perform = (step: WorkStep): void => {
    switch (step.do) {
      case 'emit': {
        const logLevel = step.level ?? LOG_LEVELS.debugLine;
        const emit = defined(step.of, logLevel);
        for (let index = 0; index < step.count; index++) {
          const text = textOf(counter, step.characters);
          notebook.began({ name: emit.name, counter, text, logLevel, isEnabled: emit.enabled });
          emit({ counter, text });
          notebook.ended();
          counter += 1;
        }
        return;
      }
      case 'define':
        defined(step.of, LOG_LEVELS.debugLine);
        return;
      case 'spawn':
        host.spawn(step.workload);
        return;
      case 'write':
        host.write(textOf(0, step.characters));
        return;
      case 'throw':
        throw new WorkloadError();
      case 'exit':
        host.exit(step.code);
    }
  };

  const goOn = (index: number, now: number): void => {
    const step = steps[index];
    if (step === undefined) return;
    host.after(Math.max(0, step.at - now), () => {
      perform(step);
      goOn(index + 1, Math.max(now, step.at));
    });
  };
  goOn(0, 0);
}

/** What a `throw` step throws: the application's own mistake, not ours. */
export class WorkloadError extends Error {
  override readonly name = 'WorkloadError';
  constructor() {
    super('The workload throws');
  }
}
