/**
 * Effects and events of durable records: texts that outlive the process, each a file `name` in `directory`, replaced
 * as a whole. What cannot be written is logged and tried again; only `journal.confirm` says whether it is on the disk.
 */
import type { OsError } from '../../port/os-error.ts';

export type JournalEffect =
  /** Makes the directory when there is none. Answered by `journal.loaded`. */
  | { type: 'journal.load'; directory: string }
  /** On disk before the effects that follow are performed. */
  | { type: 'journal.write'; directory: string; name: string; text: string }
  /** The record is not loaded any more; a file that cannot be removed is removed later. */
  | { type: 'journal.remove'; directory: string; name: string }
  /** Answered by `journal.confirmed`: with the error when the disk has not what was written, or removed, last. */
  | { type: 'journal.confirm'; directory: string; name: string }
  /** Tries once more to remove what could not be removed. */
  | { type: 'journal.tidy' }
  /** A record without meaning: kept under another name, and never loaded again. */
  | { type: 'journal.setAside'; directory: string; name: string };

export type JournalEvent =
  | {
      type: 'journal.loaded';
      records: readonly { readonly name: string; readonly text: string }[];
      /** Every record that there is could be read, and is among `records`. */
      isWhole: boolean;
    }
  | { type: 'journal.confirmed'; name: string; error?: OsError };
