/**
 * A conformance script and its environment. A script is a list of steps, each run in the process of one user. It
 * reports outcome lines, which must equal `expected` on every World. A script does not know its World: `real.test.ts`
 * and the simulator's test each provide a `Stage`.
 */

import type { OsResult } from '../../src/port/os-error.ts';
import type { World } from '../../src/port/world.ts';

/** `root` is the user that runs the suite. Each user is one process for the length of a script. */
export type StageUser = 'root' | 'alice' | 'bob';

export interface UserIds {
  readonly uid: number;
  /** The only group of alice, or of bob. */
  readonly gid: number;
}

/** Programs to spawn; see `programs.ts`. `exit-7` ends with code 7 at once; `sleep` runs until it is killed. */
export type StageProgram = 'exit-7' | 'sleep' | 'catcher';

export interface Stage {
  readonly world: World;
  readonly users: Readonly<Record<StageUser, UserIds>>;
  /** An empty directory with mode 0777, created for this script, with a path of at most 60 bytes. */
  readonly directory: string;
  /** Plain data for later steps, including those of other users. */
  readonly notes: Map<string, string | number>;
  /** Objects for later steps of the same process. */
  readonly keep: Map<string, unknown>;
  /** Adds an outcome line. */
  say(line: string): void;
  /** Lets time pass until `condition` holds; fails the script when it does not hold in time. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Lets time pass for `milliseconds`. */
  pass(milliseconds: number): Promise<void>;
  program(
    kind: StageProgram,
    args?: readonly string[],
  ): { readonly program: string; readonly args: readonly string[] };
  /** Creates a symbolic link; the port has no call for it. */
  link(path: string, target: string): void;
  /** Calls openat(2) that this process makes; the filter of the kernel selects them, and no others. */
  readonly fileCalls: { make(count: number): void; readonly filter: string };
}

export type ConformanceStep =
  | { readonly user: StageUser; run(stage: Stage): Promise<void> }
  /** Kills the user's process (SIGKILL). A later step of this user runs in a new process. */
  | { readonly user: StageUser; readonly kill: true };

export interface ConformanceScript {
  /** Symbol and criterion, unique. */
  readonly name: string;
  /** Needs processes of alice and bob: on the real World `root` must run the suite. */
  readonly severalUsers?: true;
  /** Waits for seconds without work: on the real World it runs beside the other scripts, as `root` alone. */
  readonly mostlyWaits?: true;
  /** Needs root and tracefs on the real World. */
  readonly tracesKernel?: boolean;
  readonly steps: readonly ConformanceStep[];
  readonly expected: readonly string[];
}

/** A script of one step in one process. */
export function single(
  name: string,
  expected: readonly string[],
  run: (stage: Stage) => Promise<void>,
): ConformanceScript {
  return { name, steps: [{ user: 'root', run }], expected };
}

/** `ok`, or the error's code. */
export function outcome(result: OsResult<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

/** Returns the value; a failure ends the script with the error in its message. */
export function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  const { call, code, subject } = result.error;
  throw new Error(`Cannot continue: ${call} answered ${code} for ${subject}`);
}

/** The value that an earlier step stored under `key`. */
export function kept<T>(stage: Stage, key: string): T {
  if (!stage.keep.has(key)) throw new Error(`Nothing kept: ${key}`);
  return stage.keep.get(key) as T;
}

export function noteText(stage: Stage, key: string): string {
  return String(stage.notes.get(key));
}

export function noteNumber(stage: Stage, key: string): number {
  return Number(stage.notes.get(key));
}

/** ASCII bytes of `text`. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const decoder = new TextDecoder('latin1');

/** ASCII text of `bytes`. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Mode bits in octal notation. */
export function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
