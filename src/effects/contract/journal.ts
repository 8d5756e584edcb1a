/** Effects and events of durable records. */
import type { OsError } from '../../port/os-error.ts';

/** Durable records: each a file in one directory, replaced as a whole. */
export type JournalEffect =
  | { type: 'journal.load'; directory: string }
  /** On disk before the effects that follow are performed. */
  | { type: 'journal.write'; directory: string; name: string; text: string }
  | { type: 'journal.remove'; directory: string; name: string }
  /** Asks whether the record is on the disk as it was written, or removed, last. */
  | { type: 'journal.confirm'; directory: string; name: string }
  /** Tries once more to remove what could not be removed. */
  | { type: 'journal.tidy' }
  /** A record that makes no sense: kept under another name, and never loaded again. */
  | { type: 'journal.setAside'; directory: string; name: string };

export type JournalEvent =
  | {
      type: 'journal.loaded';
      records: readonly { readonly name: string; readonly text: string }[];
      /** Every record that there is could be read. */
      isWhole: boolean;
    }
  | { type: 'journal.confirmed'; name: string; error?: OsError };
