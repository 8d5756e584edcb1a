/** `--timer` and `--size` of scheduled rotations. */
import {
  ROTATION_BYTES_MIN,
  ROTATION_US_MAX,
  ROTATION_US_MIN,
} from '../../../src/wire/control/rotation.ts';
import { parseSize } from '../../terminal/size.ts';
import { usageFailure } from '../failure.ts';
import { option, type Value } from '../table/declare.ts';
import { parsePeriodUs } from './values.ts';

const DAYS_MAX = Math.floor(ROTATION_US_MAX / 86_400_000_000);

const period: Value<number> = {
  bounds: `1s to ${DAYS_MAX} days`,
  parse: (word) => {
    const us = parsePeriodUs(word);
    if (us !== undefined && us >= ROTATION_US_MIN && us <= ROTATION_US_MAX) return us;
    throw usageFailure(
      `The period of rotations is from 1 second to ${DAYS_MAX} days, not "${word}"`,
    );
  },
};

const size: Value<number> = {
  bounds: `at least ${ROTATION_BYTES_MIN / 1024}k`,
  parse: (word) => {
    const bytes = parseSize(word);
    if (bytes !== undefined && bytes >= ROTATION_BYTES_MIN) return bytes;
    throw usageFailure(
      `The size of rotations is at least ${ROTATION_BYTES_MIN / 1024}k, not "${word}"`,
    );
  },
};

export const SCHEDULE_OPTIONS = [
  option('--timer <period>', 'rotate this often: microseconds, or 500ms, 30s, 10m, 1h', {
    value: period,
  }),
  option('--size <size>', 'rotate when so much is written: bytes, or 64k, 10M, 1G', {
    value: size,
  }),
] as const;
