/** Events and effects of the step tests of a kernel part (R1.24). */
import type { SessionInput } from '../../../../../actors/sessiond/messages.ts';
import { segmentRef } from '../../../../support/segments.ts';
import { tell } from '../../../../support/step-events.ts';
import {
  attached,
  created,
  destroy,
  enable,
  INPUT,
  opened,
  RULE,
  SETTINGS,
  start,
  UUID,
} from './words.ts';

export const KERNEL = {
  user: '00000000-0000-4000-8000-000000000009',
  release: '6.1',
  version: '#1 SMP',
  pageKbMax: 512,
};
export const PART: SessionInput = { ...INPUT, kernel: KERNEL };
export const LINK = `kernel-link-${UUID}`;
export const DOMAIN = { domain: 'kernel' } as const;

export const ready = (...cpus: number[]) => ({ type: 'kernel.ready', cpus }) as const;
export const applied = (version: number, more: object = {}) =>
  ({ type: 'kernel.applied', version, ...more }) as const;
export const ENABLE = enable();
export const checked = (fault?: string, of = ENABLE) => {
  const { operation, replyTo } = of;
  const found = fault === undefined ? {} : { fault };
  return { type: 'kernel.checked', operation, replyTo, ...found } as never;
};
export const released = { type: 'kernel.released' } as const;

export const toLink = (message: object) => tell(LINK, message);
export const toWrite = (message: object) => toLink({ type: 'consumer.write', message });
export const wanted = (version: number, isActive: boolean, channels: object[]) =>
  toLink({ type: 'kernel.wanted', version, isActive, channels });
export const CHANNEL = {
  settings: SETTINGS,
  pageBytes: 512 * 1024,
  rules: [RULE],
  streams: [{ streamId: 0, cpu: 3 }],
};
export const CHANNELS = [{ settings: SETTINGS, rules: [RULE] }];
export const WRITER = {
  pid: 0,
  uid: 1000,
  gid: 1000,
  tid: 3,
  startedAt: 0,
  processName: 'kernel',
  incarnation: '0',
};
export const stream = {
  streamId: 0,
  channel: 'default',
  app: WRITER,
  wakePath: `/run/lttng-ts/wake-${UUID}-1000`,
  memory: { dataSegment: segmentRef(70), positionSegment: segmentRef(71) },
  ended: false,
};
export const RECORD = { kernel: KERNEL, channels: CHANNELS, streams: [stream], nextStreamId: 1 };
export const ONE = { channels: CHANNELS, streams: 1, streamsMade: 1, writers: 1, ...DOMAIN };
export const CONSUMED = { ...ONE, consumerPid: 90 };

/** Active, with the stream of one CPU, whose version is 3. */
export const RULED = [ready(3), ENABLE, checked()] as const;
export const ACTIVE = [...RULED, attached(), opened, start(), created(0)] as const;
export const RECORDING = [...ACTIVE, applied(2)] as const;
export const DESTROYING = [...RECORDING, destroy(), applied(3)] as const;
