/** What a session knows of its chunks and its archives. */
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Chunk } from '../../../src/wire/control/rotation.ts';
import type { SessionRecord } from '../record.ts';

/** `metadata`: it is written anew, for the present offset of the clock. */
type PendingWork = 'archive' | 'clear' | 'metadata';

export interface Rotation {
  readonly chunk: Chunk;
  /** What the consumer has to do with the files of the chunk. Absent: nothing. */
  readonly pending?: PendingWork | undefined;
  /** A schedule wants a rotation. Invariant: there is one. */
  readonly isDue?: true | undefined;
  readonly everyUs?: number | undefined;
  readonly atBytes?: number | undefined;
  /** The directory of the archive that the last rotation made. Absent: nothing had been recorded. */
  readonly archive?: string | undefined;
}

export const FIRST_CHUNK: Rotation = { chunk: { number: 0 } };

/** Whether the last chunk becomes an archive when the session ends, since the chunks before it are archives. */
export function owesArchive({ chunk, pending }: Rotation): boolean {
  return chunk.number > 0 || pending === 'archive' || pending === 'clear';
}

/** Whether a consumer has something to do with the files before the session ends. */
export function owesFiles(rotation: Rotation): boolean {
  return owesArchive(rotation) || rotation.pending !== undefined;
}

/** What the command has the consumer do. */
export function workOf(op: string): PendingWork | undefined {
  return WORK[op];
}

const WORK: Readonly<Record<string, PendingWork>> = {
  'session.rotate': 'archive',
  'session.clear': 'clear',
  'session.regenerate': 'metadata',
};

/** The same chunk, which the consumer writes into other files from `begunAtMs` on. */
export function chunkFrom(rotation: Rotation, begunAtMs: number | undefined): Rotation {
  const { number } = rotation.chunk;
  const chunk = { number, ...(begunAtMs === undefined ? {} : { begunAtMs }) };
  return { ...rotation, chunk, pending: undefined };
}

export function recordedRotation(rotation: Rotation): SessionRecord['rotation'] {
  const { isDue: _, ...recorded } = rotation;
  return recorded;
}

export function rotationInfo(rotation: Rotation): Pick<SessionInfo, 'rotation'> {
  const { chunk, everyUs, atBytes, archive } = rotation;
  if (chunk.number === 0 && everyUs === undefined && atBytes === undefined) return {};
  return {
    rotation: {
      archives: chunk.number,
      ...(archive === undefined ? {} : { archive }),
      ...(everyUs === undefined ? {} : { everyUs }),
      ...(atBytes === undefined ? {} : { atBytes }),
    },
  };
}
