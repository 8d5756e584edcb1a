/** The processes of a torture test: its applications, with their own accounts of emitted events, and all others. */
import { existsSync, readFileSync } from 'node:fs';
import { SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import { commandLineOf, processesOf } from '../support/real/sandbox.ts';
import type { Emitted } from './account.ts';
import { BEGUN, DONE, NOTE_BYTES } from './sessions.ts';

export const KINDS = [
  'application',
  'ust-consumerd',
  'snapshot',
  'lttng-sessiond',
  'lttng',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Application {
  readonly incarnation: number;
  readonly pid: number;
  readonly notebook: string;
  isAlive: boolean;
  /** Events of each session that earlier rounds have counted. */
  accounted: number[];
}

export interface Victim {
  readonly kind: Kind;
  readonly pid: number;
}

/** The application's account for its `nth` session. */
export function emittedBy({ notebook }: Application, nth: number): Emitted {
  const note = existsSync(notebook) ? readFileSync(notebook) : Buffer.alloc(0);
  const at = nth * NOTE_BYTES;
  if (note.length < at + NOTE_BYTES) return { begun: 0, done: 0 };
  return { begun: note.readUInt32LE(at + BEGUN), done: note.readUInt32LE(at + DONE) };
}

/** All processes of the sandbox that may be killed, with their kinds. */
export function victimsIn(directory: string): Victim[] {
  return processesOf(directory).flatMap((pid) => {
    const kind = kindOf(commandLineOf(pid));
    return kind === undefined ? [] : [{ kind, pid }];
  });
}

function kindOf(line: string): Kind | undefined {
  if (line.includes('/victim.js')) return 'application';
  const kind = KINDS.find((name) => line.includes(`/${name}.js`));
  // A consumer that takes a snapshot is a kind of its own.
  return kind === 'ust-consumerd' && line.split('\0').includes(SNAPSHOT_OPTION) ? 'snapshot' : kind;
}
