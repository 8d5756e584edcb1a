/** The log lines of programs, and their uncaught exceptions. */
import type { LogEvent, LogFields } from '../../../src/port/log.ts';

export interface LogRecord {
  /** Virtual nanoseconds since the machine started. */
  readonly time: number;
  readonly pid: number;
  /** Label of the process; process ids are reused. */
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
