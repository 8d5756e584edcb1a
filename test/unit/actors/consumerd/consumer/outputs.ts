/** The outputs of a consumer as its registry changes them (R3.4, R3.7). */
import { expect, it } from 'vitest';
import {
  ALONE,
  answers,
  attaching,
  CONSUMING,
  ENDED,
  INPUT,
  SESSION,
  says,
  steps,
} from './words.ts';

const FAILED = { code: 'ECONNRESET', reason: 'the relay is gone' };
const WAY = { control: [{ host: 'store', port: 5342, isIpv6Only: false }], data: [] };
const SESSION_NOWHERE = says({ type: 'session', name: 'web', uuid: SESSION, segments: [] });

it('writes nowhere before it hears of an output', () => {
  expect(steps(INPUT, ...attaching(), SESSION_NOWHERE)).toEqual({
    value: 'consuming',
    effects: [{ type: 'recorder.open', session: { name: 'web', uuid: SESSION } }],
  });
});

it.each([
  [
    'to files',
    { type: 'output.files', token: 5, output: '/home/alice/trace' },
    { type: 'recorder.toFiles', token: 5, output: '/home/alice/trace' },
  ],
  [
    'on, with another clock offset,',
    { type: 'output.regenerate', token: 5, output: '/home/alice/trace' },
    { type: 'recorder.regenerate', token: 5, output: '/home/alice/trace' },
  ],
  [
    'to a passage',
    { type: 'output.passage', token: 5, passage: '/run/passage-5' },
    { type: 'recorder.reachPassage', token: 5, passage: '/run/passage-5' },
  ],
  [
    'to the relay behind it',
    { type: 'output.passed', token: 5, subdirectory: 'there', way: WAY },
    { type: 'recorder.toRelay', token: 5, basePath: 'there', way: WAY },
  ],
  [
    'to a relay that takes datagrams',
    {
      type: 'output.passed',
      ...{ token: 5, subdirectory: '', way: WAY },
      datagramsTo: { host: '10.0.0.2', port: 5343 },
    },
    {
      type: 'recorder.toRelay',
      ...{ token: 5, basePath: '', way: WAY },
      datagramsTo: { host: '10.0.0.2', port: 5343 },
    },
  ],
  ['nowhere', { type: 'output.none', token: 5 }, { type: 'recorder.toNowhere', token: 5 }],
] as const)('goes %s when the registry says so', (_, message, effect) => {
  expect(steps(INPUT, ...CONSUMING, says(message))).toEqual({
    value: 'consuming',
    effects: [effect],
  });
});

it('goes to files in the directory of its arguments', () => {
  const toFiles = says({ type: 'output.files', token: 5, output: '/home/alice/trace' });
  const { effects } = steps({ ...INPUT, into: '/srv/traces' }, ...CONSUMING, toFiles);
  expect(effects).toEqual([{ type: 'recorder.toFiles', token: 5, output: '/srv/traces/web' }]);
  const anew = says({ type: 'output.regenerate', token: 5, output: '/home/alice/trace' });
  expect(steps({ ...INPUT, into: '/srv/traces' }, ...CONSUMING, anew).effects).toEqual([
    { type: 'recorder.regenerate', token: 5, output: '/srv/traces/web' },
  ]);
});

it('says that it has reached the passage, and how the change ended', () => {
  const reached = { type: 'recorder.passageReached', token: 5 } as const;
  expect(steps(INPUT, ...CONSUMING, reached).effects).toEqual([
    answers({ type: 'output.reached', token: 5 }),
  ]);
  const changed = { type: 'recorder.outputChanged', token: 5, atMs: 7 } as const;
  expect(steps(INPUT, ...CONSUMING, changed).effects).toEqual([
    answers({ type: 'output.changed', token: 5, atMs: 7 }),
  ]);
  expect(steps(INPUT, ...CONSUMING, { ...changed, failed: FAILED }).effects).toEqual([
    answers({ type: 'output.changed', token: 5, atMs: 7, failed: FAILED }),
  ]);
});

it.each([
  ['alone', ALONE],
  ['ended', ENDED],
] as const)('has nobody to say it to when it is %s', (value, before) => {
  const said = [
    { type: 'recorder.passageReached', token: 5 },
    { type: 'recorder.outputChanged', token: 5, atMs: 7 },
    { type: 'recorder.full' },
  ] as const;
  for (const event of said) {
    const { effects, ...after } = steps(INPUT, ...before, event);
    expect([after.value, effects]).toEqual([value, []]);
  }
});

it('rotates, says when its files are full, and archives the last ones at its end', () => {
  const chunk = { number: 2, begunAtMs: 7 };
  const [token, output] = [5, '/home/alice/trace'];
  const rotate = { type: 'output.rotate', token, output, chunk } as const;
  expect(steps(INPUT, ...CONSUMING, says(rotate)).effects).toEqual([
    { ...{ type: 'recorder.rotate', token, output, chunk }, isClear: false },
  ]);
  expect(steps(INPUT, ...CONSUMING, says({ ...rotate, clear: true })).effects).toEqual([
    { ...{ type: 'recorder.rotate', token, output, chunk }, isClear: true },
  ]);
  expect(steps(INPUT, ...CONSUMING, says({ type: 'output.limit', bytes: 65_536 })).effects).toEqual(
    [{ type: 'recorder.limit', bytes: 65_536 }],
  );
  expect(steps(INPUT, ...CONSUMING, { type: 'recorder.full' }).effects).toEqual([
    answers({ type: 'output.full' }),
  ]);
  const archive = { output, chunk };
  expect(steps(INPUT, ...CONSUMING, says({ type: 'finish', archive })).effects).toEqual([
    { type: 'recorder.close', archive },
  ]);
});
