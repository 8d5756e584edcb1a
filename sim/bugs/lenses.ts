/** Worlds that misbehave for one program: the parts of planted bugs. */

import type { OpenFile } from '../../src/port/files.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import type { Lens } from '../machine/lens.ts';
import type { OracleId } from '../oracles/finding.ts';
import { type Change, throughFrames } from '../programs/frame-lens.ts';

export interface Bug {
  /** One line for people. */
  readonly title: string;
  /** The oracle that must catch it. */
  readonly caughtBy: OracleId;
  /** A scenario in which it can appear. */
  readonly scenario: string;
  /** Makes a new lens for each run, because a lens may count. */
  readonly plant: () => Lens;
}

/** Changes the World of one program. */
export function inProgram(name: string, change: (world: World) => World): Lens {
  return (world, program) => (program === name ? change(world) : world);
}

/** Changes the matching files that the program opens. */
export function opening(
  program: string,
  which: RegExp,
  change: (file: OpenFile) => OpenFile,
): Lens {
  return inProgram(program, (world) => ({
    ...world,
    files: {
      ...world.files,
      open: (path, how, mode) => {
        const opened = world.files.open(path, how, mode);
        if (!opened.ok || !which.test(path)) return opened;
        return { ok: true, value: change(opened.value) };
      },
    },
  }));
}

/** Changes how the program appends to matching files. */
export function appending(
  program: string,
  which: RegExp,
  append: (file: OpenFile, parts: readonly Uint8Array[], nth: number) => OsResult<number>,
): Lens {
  return opening(program, which, (file) => {
    let nth = 0;
    return { ...through(file), append: (parts) => append(file, parts, nth++) };
  });
}

/** The same file, as an object that can be spread. */
export function through(file: OpenFile): OpenFile {
  return {
    append: (parts) => file.append(parts),
    read: (into, position) => file.read(into, position),
    byteLength: () => file.byteLength(),
    standing: (path) => file.standing(path),
    truncate: (byteLength) => file.truncate(byteLength),
    sync: () => file.sync(),
    lock: () => file.lock(),
    close: () => file.close(),
  };
}

/** Changes what the program receives on connections that it opened. */
export function connecting(
  program: string,
  hear: (connection: Connection, tell: (connection: Connection) => void) => void,
): Lens {
  return inProgram(program, (world) => ({
    ...world,
    unix: {
      ...world.unix,
      connect: (path, options, onOutcome) =>
        world.unix.connect(path, options, (outcome) => {
          if (outcome.ok) hear(outcome.value, (value) => onOutcome({ ok: true, value }));
          else onOutcome(outcome);
        }),
    },
  }));
}

/** Changes the connections that a program accepts, by the path at which it listens. */
export function accepting(
  program: string,
  change: (connection: Connection, path: string) => Connection,
): Lens {
  return inProgram(program, (world) => ({
    ...world,
    unix: {
      ...world.unix,
      listen: (path, options, onConnection) =>
        world.unix.listen(path, options, (connection) => onConnection(change(connection, path))),
    },
  }));
}

/** Changes the messages between the program and the peers that connect to it. */
export function listening(
  program: string,
  changesAt: (path: string) => { readonly said?: Change; readonly heard?: Change },
): Lens {
  return accepting(program, (connection, path) => throughFrames(connection, changesAt(path)));
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
