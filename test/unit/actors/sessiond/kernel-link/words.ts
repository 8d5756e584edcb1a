/** Events that the step tests of a kernel link send, and effects that they expect. */
import { kernelLinkMachine } from '../../../../../actors/sessiond/kernel-link/machine.ts';
import type {
  EventEnable,
  KernelChannel,
  KernelLinkInput,
} from '../../../../../actors/sessiond/messages.ts';
import type { OsErrorCode } from '../../../../../src/port/os-error.ts';
import { stepsOf } from '../../../../support/step.ts';
import { log, osError, tell } from '../../../../support/step-events.ts';

export const UUID = '00000000-0000-4000-8000-000000000001';
export const INPUT: KernelLinkInput = {
  link: 'kernel-link-1',
  session: 'session-1',
  registry: 'registry',
  uuid: UUID,
  directory: '/run/lttng-ts',
};
/** The hash is that of the directory. */
const PREFIX = `lttng-ts-f33827d3-${UUID}-`;
export const NAME = `${PREFIX}default`;
export const TRIAL = `${PREFIX}-trial`;
export const CONSUMER = { pid: 90, uid: 1000, gid: 1000 };
export const LAYOUT = 'layout';
const KERNEL = {
  release: '6.1',
  version: '#1',
  machine: 'x86_64',
  tracers: [],
  clocks: ['mono'],
  cpus: [0, 1],
  pageLayout: LAYOUT,
  pageKbMax: 512,
  hasKprobes: false,
  hasUprobes: true,
};
const RULE = {
  pattern: 'sched_switch',
  logLevelMax: 14,
  target: { kind: 'all' },
  enabled: true,
} as const;
export const CHANNEL: KernelChannel = {
  settings: {
    name: 'default',
    shape: { subbufferBytes: 512 * 1024, subbufferCount: 4, overwrite: false },
    switchTimerUs: 0,
    readTimerUs: 0,
  },
  pageBytes: 512 * 1024,
  rules: [RULE],
  streams: [
    { streamId: 4, cpu: 0 },
    { streamId: 5, cpu: 1 },
  ],
};

export const steps = stepsOf(kernelLinkMachine);

// Events.
export const describedOn = (cpus: readonly number[]) =>
  ({ type: 'kernel.described', key: 'description', kernel: { ...KERNEL, cpus } }) as const;
export const described = describedOn(KERNEL.cpus);
export const error = (code: OsErrorCode) => osError(code, 'x');
export const unusable = {
  type: 'kernel.failed',
  key: 'description',
  error: error('ENOENT'),
} as const;
export const wanted = (version: number, isActive = true, channels = [CHANNEL]) =>
  ({ type: 'kernel.wanted', version, isActive, channels }) as const;
export const SWITCH = { name: NAME, event: 'sched:sched_switch', isOn: true } as const;
export const FORMAT = { event: 'sched:sched_switch', text: 'a format' };
export const prepared = (changes: (typeof SWITCH)[] = [SWITCH], formats = [FORMAT]) =>
  ({ type: 'kernel.prepared', formats, changes, failed: [] }) as const;
export const eventsSet = { type: 'kernel.eventsSet', failed: [] } as const;
export const recordingSet = { type: 'kernel.recordingSet', failed: [] } as const;
export const here = { type: 'consumer.here', consumer: CONSUMER } as const;
export const gone = { type: 'consumer.gone' } as const;
export const opened = { type: 'kernel.passageOpened' } as const;
export const reached = (token = 1) => ({ type: 'pages.reached', token }) as const;
export const pagesPassed = { type: 'kernel.pagesPassed', missing: [] } as const;
export const taken = (token = 1) => ({ type: 'pages.taken', token }) as const;
export const release = { type: 'kernel.release' } as const;
export const removed = { type: 'kernel.removed', left: [] } as const;
export const over = { type: 'part.over' } as const;
export const ENABLE: EventEnable = {
  op: 'event.enable',
  session: 'web',
  patterns: ['sched_switch', 'x'],
  logLevelMax: 14,
  target: { kind: 'all' },
};
export const REPLY_TO = { link: 'client-0', id: 8, uid: 0 };
export const check = { type: 'kernel.check', operation: ENABLE, replyTo: REPLY_TO } as const;

/** The events that lead to a state. */
export const PREPARING = [described, wanted(1), described] as const;
export const RECORDING = [...PREPARING, prepared(), eventsSet] as const;
export const SETTLED = [...RECORDING, recordingSet] as const;
/** With a consumer, which has heard of the formats. */
export const OPENING = [described, here, wanted(1), described, prepared()] as const;
export const INVITING = [...OPENING, opened] as const;
export const PASSING = [...INVITING, reached()] as const;
export const TAKING = [...PASSING, pagesPassed] as const;
export const TAKEN = [...TAKING, taken()] as const;

// Effects, and states.
export const at = (tracing: string, passing: unknown, effects: object[], ...delays: number[]) => ({
  value: { serving: { tracing, passing, forwarding: {} } },
  effects,
  ...(delays.length === 0 ? {} : { delays }),
});
export const going = (state: string) => ({ going: state });
export const say = (message: object) => tell('session-1', message);
export const toConsumer = (message: object) => say({ type: 'kernel.tell', message });
export const describe_ = { type: 'kernel.describe', key: 'description' };
export const ready = (cpus: readonly number[]) => say({ type: 'kernel.ready', cpus });
export const applied = (version: number, more: object = {}) =>
  say({ type: 'kernel.applied', version, ...more });
export const prepare = (isActive: boolean, told: readonly string[] = []) => ({
  type: 'kernel.prepare',
  instances: [
    {
      name: NAME,
      options: { bufferKb: 2048, pageKb: 512, overwrite: false, wakePercent: 50 },
      rules: [RULE],
      isActive,
    },
  ],
  told: new Set(told),
});
export const record = (isOn: boolean) => ({ type: 'kernel.setRecording', names: [NAME], isOn });
export const closePassage = { type: 'kernel.closePassage' };
export const path = (token: number) => `/run/lttng-ts/link-00000000-pages-${token}`;
export const openPassage = (token: number) => ({
  type: 'kernel.openPassage',
  path: path(token),
  uid: CONSUMER.uid,
});
export const failedLine = (reason: string) =>
  log('kernel.passFailed', { uuid: UUID, pid: 90, reason });
