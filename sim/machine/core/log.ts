/** What programs say, and what they throw. */
import type { LogEvent, LogFields } from '../../../src/port/log.ts';

export interface LogRecord {
  /** Virtual nanoseconds since the machine started. */
  readonly time: number;
  readonly pid: number;
  /** Its label: ids are used again. */
  readonly who: string;
  readonly program: string;
  readonly event: LogEvent;
  readonly fields: LogFields;
}

/** An exception that left a handler of a simulated process: always a defect of the program. */
export interface Violation {
  readonly time: number;
  readonly pid: number;
  readonly program: string;
  readonly kind: string;
  readonly error: unknown;
}
