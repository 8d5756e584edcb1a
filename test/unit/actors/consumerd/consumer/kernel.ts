/** `ltt-consumerd`: the consumer of a kernel part gets layouts, formats and pages (R1.19, R1.24). */
import { expect, it } from 'vitest';
import { CONSUMERD_EXIT } from '../../../../../src/wire/exit-status.ts';
import { passed } from '../../../../support/step.ts';
import { closed, osError } from '../../../../support/step-events.ts';
import { STREAM } from '../stream.ts';
import {
  ALONE,
  answers,
  attaching,
  INPUT,
  LOOKS_MAX,
  notJoined,
  RELOOK_MS,
  SESSION,
  says,
  sessionOf,
  steps,
} from './words.ts';

const KERNEL_INPUT = { ...INPUT, domain: 'kernel' as const };
const kernel = { release: '6.1', version: '#1 SMP' };
const part = says({
  type: 'session',
  name: 'web',
  uuid: SESSION,
  output: '/home/alice/trace',
  segments: [70],
  kernel,
});
const JOINED = [...attaching(), part] as const;
const CPU = { ...STREAM, pid: 0, tid: 3, startedAt: 0, kernel: { cpu: 3, pageBytes: 4096 } };

it('opens a trace of the kernel', () => {
  expect(steps(KERNEL_INPUT, ...JOINED)).toEqual({
    value: 'consuming',
    effects: [
      {
        type: 'recorder.open',
        session: { name: 'web', uuid: SESSION, kernel },
        output: '/home/alice/trace',
      },
    ],
  });
});

it.each([
  ['kernel', KERNEL_INPUT, sessionOf()],
  ['user', INPUT, part],
])('consumes no session of the other domain (%s)', (domain, input, session) => {
  expect(steps(input, ...attaching(), session)).toEqual(
    notJoined(
      `the session is not what a consumer of the ${domain} domain consumes`,
      CONSUMERD_EXIT.notAttached,
    ),
  );
});

it.each([
  [
    { type: 'kernel.layout', text: 'x' },
    { type: 'recorder.kernelLayout', text: 'x' },
  ],
  [
    { type: 'kernel.formats', formats: [{ event: 'a:b', text: 'x' }] },
    { type: 'recorder.kernelFormats', formats: [{ event: 'a:b', text: 'x' }] },
  ],
  [
    { type: 'kernel.passage', token: 3, passage: '/x' },
    { type: 'recorder.reachPages', token: 3, passage: '/x' },
  ],
  [
    { type: 'kernel.passed', token: 3, streams: [7] },
    { type: 'recorder.takePages', token: 3, streams: [7] },
  ],
] as const)('gives the recorder what the registry sends: $type', (message, effect) => {
  expect(steps(KERNEL_INPUT, ...JOINED, says(message as never))).toEqual({
    value: 'consuming',
    effects: [effect],
  });
});

const REACHED = { type: 'recorder.pagesReached', token: 3 } as const;
const TAKEN = { type: 'recorder.pagesTaken', token: 3 } as const;
const FAILED = { type: 'recorder.pagesFailed', token: 3, error: osError('EIO', 'x') } as const;

it('tells the registry what became of the pages', () => {
  const told = (event: typeof REACHED | typeof TAKEN | typeof FAILED) =>
    steps(KERNEL_INPUT, ...JOINED, event).effects;
  expect(told(REACHED)).toEqual([answers({ type: 'kernel.reached', token: 3 })]);
  expect(told(TAKEN)).toEqual([answers({ type: 'kernel.taken', token: 3 })]);
  const reason = 'the consumer cannot take the buffers of the kernel (EIO from some.call)';
  expect(told(FAILED)).toEqual([
    answers({ type: 'kernel.taken', token: 3, failed: { code: 'EIO', reason } }),
  ]);
});

it('tells nobody while it has no registry', () => {
  for (const event of [REACHED, TAKEN, FAILED]) {
    expect(steps(INPUT, ...ALONE, event)).toEqual({ value: 'alone', effects: [] });
  }
});

it('goes on without a registry as long as the kernel runs', () => {
  const adding = says({ type: 'stream.add', stream: CPU });
  const alone = [...JOINED, adding, closed('registry-1')] as const;
  const { effects } = steps(KERNEL_INPUT, ...alone);
  expect(effects.map(({ type }) => type)).not.toContain('process.check');
  const again = Array.from({ length: LOOKS_MAX + 1 }, (_, index) => [
    passed(RELOOK_MS),
    closed(`registry-${index + 2}`),
  ]).flat();
  expect(steps(KERNEL_INPUT, ...alone, ...again, passed(RELOOK_MS)).value).toEqual({
    joining: 'connecting',
  });
});
