/**
 * Opens a trace directory: one `metadata` file, and stream files beside it. The reader reads nothing ahead; its memory
 * is a window per stream. {@link TraceReader.refresh} finds new metadata and new files.
 */

import { fail, ok, type Result } from '../../base/result.ts';
import type { Files, OpenFile } from '../../port/files.ts';
import { osErrorText } from '../../port/os-error.ts';
import { UNFINISHED } from '../trace-directory.ts';
import type { TraceSource } from './message.ts';
import { MetadataFile } from './metadata-file.ts';
import type { WindowCount } from './packet-window.ts';
import { SplitStream, splitName } from './split-stream.ts';
import { TraceDecoder } from './stream-decoder.ts';
import { type StreamHost, StreamReader } from './stream-reader.ts';
import type { TraceSchema } from './tsdl/types.ts';

const METADATA_FILE = 'metadata';
/** Deepest level of a trace under the searched directory. */
const SEARCH_DEPTH_MAX = 32;
/** Most directories in one search. */
const SEARCH_DIRECTORIES_MAX = 65_536;
/** Most stream files of one trace. */
const STREAMS_MAX = 65_536;

/** A stream of a trace: one file, or several. */
export type TraceStream = StreamReader | SplitStream;

/** One trace directory. The caller closes it. */
export class TraceReader {
  readonly source: TraceSource;
  readonly #files: Files;
  #directory: string;
  readonly #metadata: MetadataFile;
  #metadataFile: OpenFile;
  readonly #host: StreamHost;
  readonly #streamsByName = new Map<string, StreamReader>();
  /** By what the names of their files begin with. */
  readonly #splitStreams = new Map<string, SplitStream>();
  /** Files of those. */
  readonly #splitFiles = new Set<string>();
  /** Names that are not streams: directories, and files that could not be opened. */
  readonly #skipped = new Set<string>();
  #metadataProblem: string | undefined;

  /** For {@link openTrace}. */
  constructor(files: Files, directory: string, { metadata, file }: Metadata, windows: WindowCount) {
    const { schema } = metadata;
    this.#metadataFile = file;
    this.#files = files;
    this.#directory = directory;
    this.#metadata = metadata;
    this.source = { directory, environment: schema.environment };
    this.#host = {
      decoder: new TraceDecoder(schema, this.source),
      windows,
      refreshMetadata: () => this.#refreshMetadata(),
    };
  }

  /** Where it is now. */
  get directory(): string {
    return this.#directory;
  }

  /** The directory was renamed: its files stay open, and new ones are found here. */
  moveTo(directory: string): void {
    this.#directory = directory;
  }

  /** Every stream found so far, sorted by name within each refresh. */
  get streams(): readonly TraceStream[] {
    return [...this.#streamsByName.values(), ...this.#splitStreams.values()];
  }

  /** Reads new metadata and finds new stream files. Each sentence names a part that could not be read. */
  refresh(): string[] {
    this.#refreshMetadata();
    const problems = this.#metadataProblem === undefined ? [] : [this.#metadataProblem];
    const names = this.#files.list(this.directory);
    // There is nothing new in a directory that was renamed or removed.
    if (!names.ok && names.error.code === 'ENOENT') return problems;
    if (!names.ok) return [...problems, osErrorText(names.error)];
    for (const stream of this.#splitStreams.values()) stream.refresh();
    for (const name of names.value) {
      if (this.#isKnown(name) || name === METADATA_FILE || name.startsWith('.')) continue;
      const added = this.#addStream(name);
      if (!added.ok) problems.push(added.error);
    }
    return problems;
  }

  /** The schema, as far as the metadata is read. */
  get schema(): TraceSchema {
    return this.#metadata.schema;
  }

  close(): void {
    this.#metadata.close();
    for (const stream of this.streams) stream.close();
    this.#streamsByName.clear();
    this.#splitStreams.clear();
  }

  #isKnown(name: string): boolean {
    return this.#streamsByName.has(name) || this.#splitFiles.has(name) || this.#skipped.has(name);
  }

  #addStream(name: string): Result<void, string> {
    const path = joinPath(this.directory, name);
    const info = this.#files.info(path);
    // A consumer removes a file to which it could write nothing, and another consumer creates it again.
    if (info.ok ? info.value.byteLength === 0 : info.error.code === 'ENOENT') return ok(undefined);
    if (!info.ok || info.value.kind !== 'file') {
      this.#skipped.add(name);
      return ok(undefined);
    }
    if (this.#streamsByName.size + this.#splitFiles.size >= STREAMS_MAX) {
      return fail(`${this.directory} has more than ${STREAMS_MAX} stream files`);
    }
    if (this.#addToSplitStream(name)) {
      this.#splitFiles.add(name);
      return ok(undefined);
    }
    const opened = this.#openStream(name);
    if (opened.ok) this.#streamsByName.set(name, opened.value);
    else this.#skipped.add(name);
    return opened.ok ? ok(undefined) : opened;
  }

  #openStream(name: string): Result<StreamReader, string> {
    const path = joinPath(this.directory, name);
    const file = this.#files.open(path, 'read');
    if (!file.ok) return fail(osErrorText(file.error));
    return ok(new StreamReader(path, file.value, this.#host));
  }

  /** Whether the file is one of several of a stream. */
  #addToSplitStream(name: string): boolean {
    const common = splitName(name);
    if (common === undefined) return false;
    const known = this.#splitStreams.get(common);
    if (known !== undefined) return known.offer(name);
    const open = (file: string): Result<StreamReader, string> => this.#openStream(file);
    const opened = open(name);
    const first = opened.ok ? opened.value.firstPacket() : undefined;
    if (opened.ok) opened.value.close();
    if (first === undefined) return false;
    const split = new SplitStream(joinPath(this.directory, common), first.stream, open);
    this.#splitStreams.set(common, split);
    return split.offer(name);
  }

  /**
   * A consumer may replace the metadata by a copy with another clock offset, to which it then appends. This reader goes
   * on with the offset that it has, so that what it shows stays in order.
   */
  #followReplaced(): void {
    const standing = this.#metadataFile.standing();
    if (!standing.ok || !standing.value.isRemoved) return;
    const next = openMetadata(this.#files, this.directory);
    if (!next.ok) return;
    const { metadata, file } = next.value;
    const isRead = metadata.refresh().ok;
    // Otherwise it is that of a later trace.
    if (isRead && metadata.schema.uuid === this.schema.uuid) {
      this.#metadataFile = file;
      this.#metadata.goOnIn(file);
    } else metadata.close();
  }

  #refreshMetadata(): boolean {
    this.#followReplaced();
    const outcome = this.#metadata.refresh();
    this.#metadataProblem = outcome.ok ? undefined : outcome.error;
    return outcome.ok && outcome.value;
  }
}

/**
 * Opens the trace in `directory`. The error is one sentence: no metadata, or metadata that cannot be read up to the
 * first stream class. The next refresh reports other errors. A trace with incomplete metadata is open and has no
 * events yet.
 */
export function openTrace(
  files: Files,
  directory: string,
  windows: WindowCount = { windows: 0 },
): Result<TraceReader, string> {
  const metadata = openMetadata(files, directory);
  if (!metadata.ok) return metadata;
  const trace = new TraceReader(files, directory, metadata.value, windows);
  const [problem] = trace.refresh();
  if (problem === undefined || trace.schema.streams.size > 0) return ok(trace);
  trace.close();
  return fail(problem);
}

interface Metadata {
  readonly metadata: MetadataFile;
  readonly file: OpenFile;
}

function openMetadata(files: Files, directory: string): Result<Metadata, string> {
  const path = joinPath(directory, METADATA_FILE);
  const file = files.open(path, 'read');
  if (!file.ok) return fail(osErrorText(file.error));
  return ok({ metadata: new MetadataFile(path, file.value), file: file.value });
}

/**
 * Directories under `directory`, itself included, that hold a metadata file: sorted, links not followed, without
 * unfinished traces, which get another name later. The error is one sentence: `directory` cannot be listed, or a
 * bound is exceeded.
 */
export function findTraces(files: Files, directory: string): Result<string[], string> {
  const found: string[] = [];
  const waiting = [{ path: directory, depth: 0 }];
  for (let seen = 0; seen < waiting.length; seen++) {
    const { path, depth } = waiting[seen] as (typeof waiting)[number];
    const names = files.list(path);
    if (!names.ok && seen === 0) return fail(osErrorText(names.error));
    if (!names.ok) continue; // Removed or made unreadable after its parent was listed.
    for (const name of names.value) {
      const child = joinPath(path, name);
      const info = files.info(child);
      if (!info.ok || name.endsWith(UNFINISHED)) continue;
      if (info.value.kind === 'file' && name === METADATA_FILE) found.push(path);
      if (info.value.kind !== 'directory' || depth >= SEARCH_DEPTH_MAX) continue;
      if (waiting.length >= SEARCH_DIRECTORIES_MAX) {
        return fail(`${directory} holds more than ${SEARCH_DIRECTORIES_MAX} directories`);
      }
      waiting.push({ path: child, depth: depth + 1 });
    }
  }
  return ok(found.sort());
}

function joinPath(directory: string, name: string): string {
  return directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}
