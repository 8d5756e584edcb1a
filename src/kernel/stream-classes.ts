/** The classes of one stream: those of the kernel whose events it has, declared in its class log. */
import { fail, ok, type Result } from '../base/result.ts';
import { decodeClassRecord, encodeClassRecord } from '../event/class-record.ts';
import { type Field, LOG_LEVELS } from '../event/model.ts';
import { splitClassLog } from '../ring/class-log.ts';
import type { StreamWriter } from '../ring/writer.ts';
import { fixedBytesMax } from './copy-record.ts';
import type { KernelClass, KernelClasses } from './kernel-classes.ts';
import type { RecordClass } from './record-class.ts';

export interface StreamClass {
  readonly record: RecordClass;
  /** In the stream. */
  readonly id: number;
  /** Most bytes of an event's fields; undefined: it depends on the record. */
  readonly bytesMax: number | undefined;
}

export class StreamClasses {
  readonly #kernel: KernelClasses;
  readonly #writer: StreamWriter;
  /** By what tells classes apart, see {@link identity}. */
  readonly #declared: Map<string, number>;
  #count: number;
  /** By the kernel's id, as far as events came since the last addition to the classes of the kernel. */
  #met: (StreamClass | undefined)[] = [];
  #version = 0;

  private constructor(
    kernel: KernelClasses,
    writer: StreamWriter,
    declared: Map<string, number>,
    count: number,
  ) {
    this.#kernel = kernel;
    this.#writer = writer;
    this.#declared = declared;
    this.#count = count;
  }

  /** With the classes that are in the log; or why it cannot be read. */
  static of(kernel: KernelClasses, writer: StreamWriter): Result<StreamClasses, string> {
    const records = splitClassLog(writer.classLog());
    if (!records.ok) return records;
    const declared = new Map<string, number>();
    for (const record of records.value) {
      const known = decodeClassRecord(record);
      if (!known.ok) return fail(known.error);
      declared.set(identity(known.value.name, known.value.fields), known.value.id);
    }
    return ok(new StreamClasses(kernel, writer, declared, records.value.length));
  }

  /**
   * The class of records with this id; `unknown`: the kernel has told no format for it; `full`: the log has no room.
   */
  find(id: number): StreamClass | 'unknown' | 'full' {
    const met = this.#version === this.#kernel.version ? this.#met[id] : undefined;
    return met ?? this.#meet(id);
  }

  #meet(id: number): StreamClass | 'unknown' | 'full' {
    if (this.#version !== this.#kernel.version) this.#met = [];
    this.#version = this.#kernel.version;
    const source = this.#kernel.get(id);
    if (source === undefined) return 'unknown';
    const declared = this.#declare(source);
    if (declared === undefined) return 'full';
    const { record } = source;
    const found = { record, id: declared, bytesMax: fixedBytesMax(record) };
    this.#met[id] = found;
    return found;
  }

  #declare({ name, record: { fields } }: KernelClass): number | undefined {
    const key = identity(name, fields);
    const known = this.#declared.get(key);
    if (known !== undefined) return known;
    const id = this.#count;
    const record = encodeClassRecord({ id, name, logLevel: LOG_LEVELS.info, fields });
    if (!this.#writer.declareClass(record)) return undefined;
    this.#declared.set(key, id);
    this.#count += 1;
    return id;
  }
}

function identity(name: string, fields: readonly Field[]): string {
  return JSON.stringify([name, fields]);
}
