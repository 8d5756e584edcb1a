/** A stream as the registry sends it to consumers. */
import type { ConsumerStream } from '../../../../src/wire/control/messages.ts';
import { segmentRef } from '../../../support/segments.ts';

export const STREAM: ConsumerStream = {
  streamId: 7,
  channel: 'default',
  dataSegment: segmentRef(70),
  positionSegment: segmentRef(71),
  shape: { subbufferBytes: 4096, subbufferCount: 4, overwrite: false },
  pid: 40,
  tid: 41,
  startedAt: 9,
  processName: 'web',
  wakePath: '/run/lttng-ts/wake',
  switchTimerUs: 0,
  readTimerUs: 0,
};
