/** Splits the class log (`layout.ts`) into records, for the consumer and for a writer that attaches again. */

import { fail, ok, type Result } from '../base/result.ts';
import { CLASS_RECORD_BYTES_MAX } from '../event/model.ts';

/** Copies of the records in `log`: each record is a u32 length, then that many bytes. */
export function splitClassLog(log: Uint8Array): Result<Uint8Array[], string> {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const records: Uint8Array[] = [];
  let offset = 0;
  while (offset < log.length) {
    if (log.length - offset < 4) return fail('the class log ends inside a length');
    const length = view.getUint32(offset, true);
    if (length > CLASS_RECORD_BYTES_MAX) return fail(`a class description of ${length} bytes`);
    if (length > log.length - offset - 4) return fail('the class log ends inside a description');
    records.push(log.slice(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return ok(records);
}
