/** Formats instants (nanoseconds since 1970-01-01T00:00:00Z) as calendar text in UTC, without the host's Date. */
import { NS_PER_SECOND_BIGINT } from './time.ts';

const SECONDS_PER_DAY = 86_400;

export interface CalendarTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

/** The UTC calendar time of an instant; proleptic Gregorian, leap seconds as POSIX counts them. */
export function calendarTime(epochNs: bigint): CalendarTime {
  let nanosecond = epochNs % NS_PER_SECOND_BIGINT;
  if (nanosecond < 0n) nanosecond += NS_PER_SECOND_BIGINT;
  const seconds = Number((epochNs - nanosecond) / NS_PER_SECOND_BIGINT);
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const secondOfDay = seconds - days * SECONDS_PER_DAY;
  const { year, month, day } = civilDate(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor(secondOfDay / 60) % 60,
    second: secondOfDay % 60,
    nanosecond: Number(nanosecond),
  };
}

/** `20261123T061530+0000`: ISO 8601 basic format. */
export function formatBasicDateTime(epochNs: bigint): string {
  const time = calendarTime(epochNs);
  const date = `${pad(time.year, 4)}${pad(time.month, 2)}${pad(time.day, 2)}`;
  return `${date}T${pad(time.hour, 2)}${pad(time.minute, 2)}${pad(time.second, 2)}+0000`;
}

/**
 * Date of the day `days` after 1970-01-01. Years begin in March here: so the leap day is the last day of
 * its year, and the calendar repeats every 400 years (146097 days).
 */
function civilDate(days: number): { year: number; month: number; day: number } {
  const sinceMarchYearZero = days + 719_468;
  const era = Math.floor(sinceMarchYearZero / 146_097);
  const dayOfEra = sinceMarchYearZero - era * 146_097;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** `20261123-061530`: the date and time of an instant (nanoseconds since 1970) in UTC; sorts by time. */
export function directoryTime(epochNs: bigint): string {
  const { year, month, day, hour, minute, second } = calendarTime(epochNs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}${two(month)}${two(day)}-${two(hour)}${two(minute)}${two(second)}`;
}
