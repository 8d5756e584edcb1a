/** Reads back the metadata that an earlier consumer wrote: what it declares, and where its last whole piece ends. */
import { fail, ok, type Result } from '../base/result.ts';
import { isUuid } from '../base/uuid.ts';
import { MetadataFile } from '../ctf/metadata-file.ts';
import type { StreamSchema, TraceSchema } from '../ctf/tsdl/types.ts';
import type { Files } from '../port/world.ts';

export interface FoundMetadata {
  /** Lower case, with hyphens. */
  readonly uuid: string;
  readonly environment: TraceSchema['environment'];
  /** Classes declared so far, by stream id: they have the ids from 0 on. */
  readonly declared: ReadonlyMap<number, number>;
  /** Bytes of a declaration that was not written to its end. */
  readonly tornBytes: number;
}

/** One sentence when it makes no sense. */
export function findMetadata(files: Files, path: string): Result<FoundMetadata, string> {
  const file = files.open(path, 'read');
  if (!file.ok) return fail(`cannot read ${path} (${file.error.code})`);
  const metadata = new MetadataFile(path, file.value);
  const read = metadata.refresh();
  const { schema, pendingBytes } = metadata;
  metadata.close();
  if (!read.ok) return read;
  if (schema.uuid === undefined || !isUuid(schema.uuid)) return fail(`${path} names no trace`);
  const declared = new Map<number, number>();
  for (const stream of schema.streams.values()) {
    if (!isGapless(stream)) return fail(`${path} lacks classes of stream ${stream.id}`);
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
