/** Reads the metadata that an earlier consumer wrote: its declarations, and where the last whole one ends. */
import { fail, ok } from '../base/result.ts';
import { isUuid } from '../base/uuid.ts';
import { MetadataFile } from '../ctf/read/metadata-file.ts';
import type { StreamSchema, TraceSchema } from '../ctf/read/tsdl/types.ts';
import type { Files } from '../port/files.ts';
import type { OsError, OsResult } from '../port/os-error.ts';
import { type Recorded, strange, written } from './recording-error.ts';

export interface ExistingMetadata {
  /** Lower case, with hyphens. */
  readonly uuid: string;
  readonly environment: TraceSchema['environment'];
  /** Number of classes declared so far, by stream id: they have the ids from 0 on. */
  readonly declared: ReadonlyMap<number, number>;
  /** Bytes of an incomplete declaration at the end of the file. */
  readonly tornBytes: number;
}

/** The caller retries after a read error: the file may hold declarations that must not be written again. */
export function readExistingMetadata(files: Files, path: string): Recorded<ExistingMetadata> {
  const opened = files.open(path, 'read');
  if (!opened.ok) return written(opened);
  const file = opened.value;
  let failure: OsError | undefined;
  const watched = <T>(outcome: OsResult<T>): OsResult<T> => {
    if (!outcome.ok) failure ??= outcome.error;
    return outcome;
  };
  const metadata = new MetadataFile(path, {
    read: (into, position) => watched(file.read(into, position)),
    byteLength: () => watched(file.byteLength()),
    close: () => file.close(),
  });
  const read = metadata.refresh();
  const { schema, pendingBytes } = metadata;
  metadata.close();
  if (failure !== undefined) return written(fail(failure));
  if (!read.ok) return strange(read.error);
  if (schema.uuid === undefined || !isUuid(schema.uuid)) return strange(`${path} names no trace`);
  const declared = new Map<number, number>();
  for (const stream of schema.streams.values()) {
    if (!isGapless(stream)) return strange(`${path} lacks classes of stream ${stream.id}`);
    declared.set(stream.id, stream.events.size);
  }
  // A newline after the last declaration belongs to it.
  const tornBytes = pendingBytes > 1 ? pendingBytes : 0;
  return ok({ uuid: schema.uuid, environment: schema.environment, declared, tornBytes });
}

function isGapless({ events }: StreamSchema): boolean {
  for (let id = 0; id < events.size; id++) if (!events.has(id)) return false;
  return true;
}
