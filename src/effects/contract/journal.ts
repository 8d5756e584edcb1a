/**
 * Effects and events of durable records: texts that outlive the process, each a file `name` in `directory`, replaced
 * as a whole. The handler logs failed writes and retries; only `journal.confirm` reports whether the disk has a record.
 */
import type { OsError } from '../../port/os-error.ts';

export type JournalEffect =
  /** Creates a missing directory. Answered by `journal.loaded`. */
  | { type: 'journal.load'; directory: string }
  /** Writes the record to the disk before the next effect is performed. */
  | { type: 'journal.write'; directory: string; name: string; text: string }
  /**
   * Before frequent changes of a record are written: answered by `journal.gathered`, at once or when the rest since the
   * last answer for this record is over, so that one write takes many changes.
   */
  | { type: 'journal.gather'; directory: string; name: string }
  /** Removes the record; the handler retries later when the file cannot be removed. */
  | { type: 'journal.remove'; directory: string; name: string }
  /** Answered by `journal.confirmed`: with the error when the last write or removal has not reached the disk. */
  | { type: 'journal.confirm'; directory: string; name: string }
  /** Retries failed removals once. */
  | { type: 'journal.tidy' }
  /** Renames an invalid record, so that it is kept and never loaded again. */
  | { type: 'journal.setAside'; directory: string; name: string };

export type JournalEvent =
  | {
      type: 'journal.loaded';
      records: readonly { readonly name: string; readonly text: string }[];
      /** Every record in the directory could be read and is in `records`. */
      isWhole: boolean;
    }
  | { type: 'journal.gathered'; name: string }
  | { type: 'journal.confirmed'; name: string; error?: OsError };
