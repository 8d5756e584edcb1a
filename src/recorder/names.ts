/** Times as parts of file names. */
import { calendarTime } from '../base/calendar.ts';

/** `20261123-061530`, UTC: the date and time of an instant (nanoseconds since 1970), sorting as they pass. */
export function directoryTime(epochNs: bigint): string {
  const { year, month, day, hour, minute, second } = calendarTime(epochNs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}${two(month)}${two(day)}-${two(hour)}${two(minute)}${two(second)}`;
}
