/** Options of snapshots. */
import { parseSize } from '../../terminal/size.ts';
import { CliFailure, EXIT, usageFailure } from '../failure.ts';
import { option, type Value } from '../table/declare.ts';

const size: Value<number> = {
  bounds: 'at least 1',
  parse: (word) => {
    const bytes = parseSize(word);
    if (bytes !== undefined && bytes > 0) return bytes;
    throw usageFailure(`The largest size of a snapshot is bytes, or 64k, 10M, 1G, not "${word}"`);
  },
};

export const MAX_SIZE_OPTION = option(
  '-m, --max-size <size>',
  'copy the newest packets of each thread that fit: bytes, or 64k, 10M, 1G',
  { value: size },
);

const relay: Value<never> = {
  parse: () => {
    throw new CliFailure(
      'NOT_ALLOWED',
      'Snapshots go to a directory; a relay takes none',
      EXIT.refused,
    );
  },
};

/** LTTng sends snapshots to relays. */
export const RELAY_OPTIONS = [
  option('-C, --ctrl-url <url>', 'refused: a relay takes no snapshot', {
    value: relay,
    isHidden: true,
  }),
  option('-D, --data-url <url>', 'refused: a relay takes no snapshot', {
    value: relay,
    isHidden: true,
  }),
] as const;
