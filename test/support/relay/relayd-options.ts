/** A relay on a simulated machine, as tests start it: at the ports of LTTng's, for traces in {@link OUTPUT}. */
import type { RelaydOptions } from '../../../actors/programs/relayd.ts';
import { DEFAULT_PORTS } from '../../../src/wire/uri.ts';
import { OUTPUT } from './relay-client.ts';

export const RELAYD: RelaydOptions = {
  listeners: (['control', 'data', 'live'] as const).map((listener) => ({
    listener,
    address: { host: '0.0.0.0', port: DEFAULT_PORTS[listener] },
  })),
  output: OUTPUT,
  grouping: 'host',
  isClearAllowed: true,
  descriptors: 1_048_576,
};
