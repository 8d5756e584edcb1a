/** The events of a kernel that a session records: what the records of each are in the trace. */
import { fail, ok, type Result } from '../base/result.ts';
import { validateEventClass } from '../event/class-record.ts';
import { LOG_LEVELS } from '../event/model.ts';
import { parseEventFormat } from './event-format.ts';
import { traceNames } from './lttng-names.ts';
import { type RecordClass, recordClassOf } from './record-class.ts';

export interface KernelClass {
  /** In the trace. */
  readonly name: string;
  readonly record: RecordClass;
}

export class KernelClasses {
  readonly #classes = new Map<number, KernelClass>();
  /** The event of each name. */
  readonly #events = new Map<string, string>();

  #version = 0;

  /** Another one after each addition. */
  get version(): number {
    return this.#version;
  }

  /** The class of records that begin with this id. */
  get(id: number): KernelClass | undefined {
    return this.#classes.get(id);
  }

  /**
   * Adds the event `SYSTEM:NAME` with the text of its `format` file, again if its format is another one now; or one
   * sentence that says why its records cannot be in a trace.
   */
  add(event: string, text: string): Result<void, string> {
    const format = parseEventFormat(text);
    if (!format.ok) return format;
    const names = traceNames(event);
    const record = recordClassOf(format.value, names);
    if (!record.ok) return record;
    const name = this.#nameFor(event, names.event);
    const { fields } = record.value;
    const valid = validateEventClass({ id: 0, name, logLevel: LOG_LEVELS.info, fields });
    if (!valid.ok) return fail(`${event}: ${valid.error}`);
    this.#classes.set(format.value.id, { name, record: record.value });
    this.#version += 1;
    return ok(undefined);
  }

  /** Two systems may have events of one name: the second one has its system before it. */
  #nameFor(event: string, name: string): string {
    const owner = this.#events.get(name);
    if (owner === undefined) this.#events.set(name, event);
    return owner === undefined || owner === event ? name : event.replace(':', '_');
  }
}
