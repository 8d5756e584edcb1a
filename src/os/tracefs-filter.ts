/** The filter of an event in a tracefs instance (`Documentation/trace/events.rst` of Linux, section 5). */
import * as fs from 'node:fs';
import { thrownErrno } from './errors.ts';
import { Refusal, readText, writeText } from './tracefs-files.ts';

/** A filter is written in one page; read, a refused one has a reason below it. */
const FILTER_BYTES_MAX = 2 * 4096;
/** What the file says when there is none, and what is written to have none. */
const NONE = 'none';
const CLEARED = '0';
const REASON = /^parse_error: (.*)$/m;

/** EINVAL: the kernel does not accept the filter; the event has the one that it had. */
export function setFilter(file: string, filter: string | undefined): void {
  const wanted = filter?.trim() ?? CLEARED;
  if (filter !== undefined && (wanted === '' || wanted === CLEARED))
    throw new Refusal('EINVAL', 'the filter is empty');
  if (!fs.existsSync(file)) return withoutFilters(filter);
  const before = readText(file, FILTER_BYTES_MAX).trim();
  if (filter === undefined && before === NONE) return;
  try {
    writeText(file, wanted);
  } catch (thrown) {
    if (thrownErrno(thrown) !== 'EINVAL') throw thrown;
    const reason = REASON.exec(readText(file, FILTER_BYTES_MAX))?.[1];
    // A refused filter takes the place of the one before, and selects everything.
    writeText(file, before === NONE ? CLEARED : before);
    throw new Refusal('EINVAL', reason ?? 'the kernel gives no reason');
  }
}

/** Some events, as those without fields of their own, have no filter file. */
function withoutFilters(filter: string | undefined): void {
  if (filter !== undefined) throw new Refusal('EINVAL', 'the event takes no filter');
}
