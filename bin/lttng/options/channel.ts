/** Options of a channel, as `add-channel` and `record` take them (R2.6). */
import { CHANNELS_MAX } from '../../../actors/sessiond/limits.ts';
import { DEFAULT_CHANNEL, DEFAULT_SHAPE } from '../../../actors/sessiond/session/defaults.ts';
import {
  isValidShape,
  type RingShape,
  SEGMENT_BYTES_MAX,
  SUBBUFFER_BYTES_MAX,
  SUBBUFFER_BYTES_MIN,
  SUBBUFFER_COUNT_MAX,
  SUBBUFFER_COUNT_MIN,
} from '../../../src/ring/layout.ts';
import { channelName } from '../../../src/wire/common.ts';
import { fileBytes } from '../../../src/wire/control/tracefiles.ts';
import { TRACEFILE_BYTES_MAX, TRACEFILES_MAX } from '../../../src/wire/limits.ts';
import type { ChannelShape } from '../../control/api/options.ts';
import { formatBytes } from '../../terminal/output.ts';
import { parseSize } from '../../terminal/size.ts';
import { usageFailure } from '../failure.ts';
import { number, type OptionsOf, option, text, type Value } from '../table/declare.ts';
import { fits } from './values.ts';

/** One hour: the longest period of a timer. */
const TIMER_US_MAX = 3_600_000_000;

const SUBBUFFER_SIZE: Value<number> = {
  bounds: `a power of two from ${SUBBUFFER_BYTES_MIN / 1024}k to ${SUBBUFFER_BYTES_MAX / 2 ** 30}G`,
  parse: subbufferSize,
};
const SUBBUFFER_COUNT: Value<number> = {
  bounds: `a power of two from ${SUBBUFFER_COUNT_MIN} to ${SUBBUFFER_COUNT_MAX}`,
  parse: subbufferCount,
};
const FILE_SIZE: Value<number> = {
  bounds: `at most ${TRACEFILE_BYTES_MAX / 2 ** 30}G`,
  parse: fileSize,
};
const TIMER = number('A timer in microseconds', 0, TIMER_US_MAX);

export const CHANNEL_OPTIONS = [
  option('--discard', 'when full, discard new events and count them (default)'),
  option('--overwrite', 'when full, overwrite the oldest sub-buffer'),
  option(
    '--subbuf-size <size>',
    `size of a sub-buffer: bytes, or 64k, 1M (default: ${DEFAULT_SHAPE.subbufferBytes / 1024}k)`,
    { value: SUBBUFFER_SIZE, spellings: ['--subbuf_size'] },
  ),
  option('--num-subbuf <n>', `number of sub-buffers (default: ${DEFAULT_SHAPE.subbufferCount})`, {
    value: SUBBUFFER_COUNT,
    spellings: ['--num_subbuf'],
  }),
  option(
    '--switch-timer <usec>',
    `write partly filled sub-buffers this often; 0: never (default: ${DEFAULT_CHANNEL.switchTimerUs})`,
    { value: TIMER, spellings: ['--switch_timer_interval'] },
  ),
  option(
    '--read-timer <usec>',
    `poll for full sub-buffers this often; 0: only on a wake-up (default: ${DEFAULT_CHANNEL.readTimerUs})`,
    { value: TIMER, spellings: ['--read_timer_interval'] },
  ),
  option(
    '--tracefile-size <size>',
    'largest size of a file: bytes, or 64k, 8M; 0: any size (default: 0)',
    {
      value: FILE_SIZE,
      spellings: ['--tracefile_size'],
    },
  ),
  option(
    '--tracefile-count <n>',
    'files of a stream, of which the oldest is overwritten; needs --tracefile-size; 0: any number (default: 0)',
    {
      value: number('The number of files', 0, TRACEFILES_MAX),
      spellings: ['--tracefile_count'],
    },
  ),
  option('--buffers-pid', 'each thread of each process has buffers of its own'),
  option('--buffers-uid', 'the threads of a user write the same buffers, one after another'),
] as const;
export type ChannelOptions = OptionsOf<typeof CHANNEL_OPTIONS>;

/** The option that names the channel of a command. */
export const channelOption = (help: string) =>
  option('-c, --channel <name>', help, { value: text('channels') });

/** The buffers that the options describe; throws a usage failure when they are not valid. */
export function channelShape(options: ChannelOptions): ChannelShape {
  if (options.discard === true && options.overwrite === true) {
    throw usageFailure('A channel either discards or overwrites, not both');
  }
  const shape = {
    subbufferBytes: options.subbufSize ?? DEFAULT_SHAPE.subbufferBytes,
    subbufferCount: options.numSubbuf ?? DEFAULT_SHAPE.subbufferCount,
    overwrite: options.overwrite === true,
  };
  if (!isValidShape(shape)) {
    throw usageFailure(
      `${shape.subbufferCount} sub-buffers of ${formatBytes(shape.subbufferBytes)} are more than the ` +
        `${Math.ceil(SEGMENT_BYTES_MAX / 2 ** 20)} MiB that one stream may take`,
    );
  }
  const { switchTimer: switchTimerUs, readTimer: readTimerUs } = options;
  const files = tracefilesOf(options, shape);
  return { ...shape, switchTimerUs, readTimerUs, ...files, bufferScheme: schemeOf(options) };
}

function schemeOf({ buffersPid, buffersUid }: ChannelOptions): ChannelShape['bufferScheme'] {
  if (buffersPid === true && buffersUid === true) {
    throw usageFailure('The buffers of a channel are per process or per user, not both');
  }
  return buffersUid === true ? 'uid' : buffersPid === true ? 'pid' : undefined;
}

function tracefilesOf(
  { tracefileSize = 0, tracefileCount: count = 0 }: ChannelOptions,
  shape: RingShape,
): Pick<ChannelShape, 'tracefiles'> {
  if (tracefileSize > 0) return { tracefiles: { bytes: fileBytes(tracefileSize, shape), count } };
  if (count === 0) return {};
  throw usageFailure('--tracefile-count needs --tracefile-size: a file of any size is never full');
}

/** Says that files are larger than the option asks, if they are. */
export function noteOfFiles(
  { tracefileSize = 0 }: ChannelOptions,
  { tracefiles }: ChannelShape,
): string | undefined {
  if (tracefiles === undefined || tracefiles.bytes === tracefileSize) return undefined;
  return (
    `Note: the size of a file is ${tracefiles.bytes} bytes, not ${tracefileSize}: ` +
    'it has room for a full sub-buffer and its headers.'
  );
}

/** The names; throws a usage failure when one is not valid, or there is none. */
export function channelNames(names: readonly string[]): readonly string[] {
  if (names.length === 0) throw usageFailure('Name a channel');
  if (names.length > CHANNELS_MAX) {
    throw usageFailure(`A session has at most ${CHANNELS_MAX} channels`);
  }
  for (const name of names) checkChannelName(name);
  return names;
}

export function checkChannelName(name: string): void {
  if (fits(channelName, name)) return;
  throw usageFailure(
    `A channel name is 1 to 200 letters, digits, "_", "." and "-", not beginning with "." or "-", not "${name}"`,
  );
}

const CHANNEL_OPTION_NAMES = [
  'discard',
  'overwrite',
  'subbufSize',
  'numSubbuf',
  'switchTimer',
  'readTimer',
  'tracefileSize',
  'tracefileCount',
  'buffersPid',
  'buffersUid',
] as const;

/** Whether any of the options was given. */
export function hasChannelOptions(options: ChannelOptions): boolean {
  return CHANNEL_OPTION_NAMES.some((name) => options[name] !== undefined);
}

function subbufferSize(value: string): number {
  const bytes = parseSize(value);
  if (bytes !== undefined && isPowerOfTwoIn(bytes, SUBBUFFER_BYTES_MIN, SUBBUFFER_BYTES_MAX)) {
    return bytes;
  }
  throw usageFailure(
    `The size of a sub-buffer is a power of two from ${SUBBUFFER_BYTES_MIN / 1024}k to ` +
      `${SUBBUFFER_BYTES_MAX / 2 ** 30}G, not "${value}"`,
  );
}

function fileSize(value: string): number {
  const bytes = parseSize(value);
  if (bytes !== undefined && bytes <= TRACEFILE_BYTES_MAX) return bytes;
  throw usageFailure(
    `The size of a file is at most ${TRACEFILE_BYTES_MAX / 2 ** 30}G, or 0 for any size, not "${value}"`,
  );
}

function subbufferCount(value: string): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (isPowerOfTwoIn(number, SUBBUFFER_COUNT_MIN, SUBBUFFER_COUNT_MAX)) return number;
  throw usageFailure(
    `The number of sub-buffers is a power of two from ${SUBBUFFER_COUNT_MIN} to ${SUBBUFFER_COUNT_MAX}, ` +
      `not "${value}"`,
  );
}

function isPowerOfTwoIn(value: number, min: number, max: number): boolean {
  return value >= min && value <= max && Number.isInteger(Math.log2(value));
}
