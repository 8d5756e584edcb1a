/**
 * Runs the workload of a traced application. The same workload runs on the simulated machine and, as a separate
 * program, on a real one: it needs only a clock, a tracer and a notebook.
 *
 * Every event carries its number in the thread and a text derived from the number, so that a trace alone
 * shows which events are missing, doubled, out of order or damaged.
 */

import { LOG_LEVELS, type LogLevelName } from '../../src/event/model.ts';
import type { Tracepoint } from '../../src/tracer/tracer.ts';
import { type Workload, WorkloadError, type WorkStep } from '../input/workload.ts';
import type { Emission } from '../ledger/emission.ts';

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
/** Texts in the cache, and characters of the longest one. */
const [TEXTS_MAX, TEXT_LENGTH_MAX] = [1000, 5000];
/** V8 represents a repeated letter as a tree, which the first read flattens. The cache saves this for later runs. */
const texts = new Map<string, string>();

/** A text of one of these letters has a NUL as its second character, which becomes three bytes. */
const LETTERS_WITH_NUL = 'dhlptxz';
const NUL_BYTES = 3;

/** The text of the event with this number. */
function textOf(counter: number, characters: number): string {
  const letter = LETTERS.charAt(counter % LETTERS.length);
  const key = `${letter}${characters}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const isWithNul = LETTERS_WITH_NUL.includes(letter) && characters > NUL_BYTES;
  const text = isWithNul
    ? `${letter}\0${letter.repeat(characters - 1 - NUL_BYTES)}`
    : letter.repeat(characters);
  if (texts.size < TEXTS_MAX && characters <= TEXT_LENGTH_MAX) texts.set(key, text);
  return text;
}

/** The text as the trace has it. */
function recordedText(text: string): string {
  return text.replace('\0', '\u2400');
}

/** Records every event, for a comparison with the trace. */
export interface Notebook {
  /** Called before the tracepoint. */
  began(event: Omit<Emission, 'at' | 'isDone'>): void;
  /** Called after the tracepoint returned. */
  ended(): void;
}

export interface WorkloadHost {
  /** Calls back after so many milliseconds. */
  readonly after: (delayMs: number, then: () => void) => void;
  readonly define: (name: string, logLevel: LogLevelName) => Emit;
  readonly notebook: Notebook;
  /** Starts a child that runs this workload. */
  readonly spawn: (workload: Workload) => void;
  /** Appends this text to a file of the process. */
  readonly write: (text: string) => void;
  readonly exit: (code: number) => void;
}

/** Runs the steps from now on. */
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
          notebook.began({
            name: emit.name,
            counter,
            text: recordedText(text),
            logLevel,
            isEnabled: emit.enabled,
          });
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

  const continueAt = (index: number, now: number): void => {
    const step = steps[index];
    if (step === undefined) return;
    host.after(Math.max(0, step.at - now), () => {
      perform(step);
      continueAt(index + 1, Math.max(now, step.at));
    });
  };
  continueAt(0, 0);
}
