/**
 * What a traced application does, as data, and the code that does it. The same data runs against the simulated
 * machine and, as a program of its own, against a real one: only a clock, a tracer and a notebook are needed.
 *
 * Every event carries its number in the thread and a text that follows from the number, so that a trace alone
 * shows what is missing, doubled, out of order or damaged.
 */

import { LOG_LEVELS, type LogLevelName } from '../../src/event/model.ts';
import type { Tracepoint } from '../../src/tracer/tracer.ts';
import { type Workload, WorkloadError, type WorkStep } from '../input/workload.ts';
import type { Emission } from '../ledger/ledger.ts';

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
