/** Event rules of a session: which stand beside each other, which are refused, and what applications get (R2.8). */

import { expect, it } from 'vitest';
import type { EventRule } from '../../../../../src/wire/common.ts';
import type { ErrorCode } from '../../../../../src/wire/control/error-code.ts';
import { CONTEXTS_MAX } from '../../../../../src/wire/limits.ts';
import {
  addContexts,
  at,
  disable,
  enable,
  INPUT,
  published,
  RECORDING,
  RULE,
  recorded,
  refusal,
  reply,
  SETTINGS,
  steps,
} from './words.ts';

const channelsOf = (...rules: EventRule[]) => ({ channels: [{ settings: SETTINGS, rules }] });
/** The outcome of an accepted change of the channels. */
const changed = (state: 'inactive' | 'stopped', more: object) =>
  at(state, [recorded(state, more), reply(state, more), published(state, more)]);
const refused = (code: ErrorCode, reason: string) =>
  at('inactive', [refusal(code, reason), published('inactive')]);

it('keeps rules that differ in a target, a level, an exclusion or a filter beside each other', () => {
  const others = [
    { target: { kind: 'pid', pid: 40 } },
    { target: { kind: 'command', name: 'shop' } },
    { target: { kind: 'spawned' } },
    { logLevelMax: 3 },
    { logLevelMin: 3 },
    { exclusions: ['shop:x*'] },
    { filter: 'a == 1' },
  ] as const;
  for (const more of others as readonly Parameters<typeof enable>[0][]) {
    const two = changed('inactive', channelsOf(RULE, { ...RULE, ...more }));
    expect(steps(INPUT, enable(), enable(more))).toEqual(two);
    expect(steps(INPUT, enable(), enable(more), enable(more))).toEqual(two);
  }
});

it('replaces a disabled rule by the next one of its name and target', () => {
  const filtered = { filter: 'a == 1' };
  expect(steps(INPUT, enable(filtered), disable(RULE.pattern), enable())).toEqual(
    changed('inactive', channelsOf(RULE)),
  );
  const target = { kind: 'pid', pid: 40 } as const;
  expect(steps(INPUT, enable(), disable(RULE.pattern), enable({ target }))).toEqual(
    changed('inactive', channelsOf({ ...RULE, enabled: false }, { ...RULE, target })),
  );
});

it.each([
  [{ filter: 'a = 1' }, 'The filter is wrong at character 3: equality is =='],
  [{ logLevelMax: 3, logLevelMin: 4 }, 'The most severe level is below the least severe one'],
  [
    { patterns: ['a*', 'b\\*'], exclusions: ['c'] },
    'Names are excluded from a name with a wildcard only, and "b\\*" has none',
  ],
  [{ patterns: ['a:*'], exclusions: ['b', 'a*'] }, '"a*" excludes all events of "a:*"'],
])('refuses a rule with %j', (more, reason) => {
  expect(steps(INPUT, enable(more))).toEqual(refused('INVALID_RULE', reason));
});

it('sends an application its rules whole', () => {
  const more = { logLevelMin: 3, exclusions: ['shop:x*'], filter: 'a == 1' };
  const { effects } = steps(INPUT, ...RECORDING, enable(more));
  const { pattern, logLevelMax } = RULE;
  const rules = [
    { pattern, logLevelMax },
    { pattern, logLevelMax, ...more },
  ];
  expect(JSON.stringify(effects)).toContain(`"rules":${JSON.stringify(rules)}`);
});

const channelWith = (more: object, ...rules: EventRule[]) => ({
  channels: [{ settings: SETTINGS, rules, ...more }],
});

it('adds contexts to a channel, each once, and creates the default one', () => {
  const contexts = ['vpid', '$app.tenant', 'vtid'];
  const asked = addContexts({ contexts: contexts.slice(0, 2) });
  const again = addContexts({ channel: 'default', contexts: ['vpid', 'vtid'] });
  expect(steps(INPUT, asked, again)).toEqual(changed('inactive', channelWith({ contexts })));
});

it('adds contexts to the rules of a name or a target alone, which keep them', () => {
  const target = { kind: 'pid', pid: 40 } as const;
  const rules = [
    { ...RULE, contexts: ['vpid'] },
    { ...RULE, target, contexts: ['vpid', 'vtid'] },
  ];
  expect(
    steps(
      INPUT,
      enable(),
      enable({ target }),
      addContexts({ events: [RULE.pattern], contexts: ['vpid'] }),
      addContexts({ target, contexts: ['vtid'] }),
      disable(RULE.pattern),
      enable(),
      enable({ target }),
    ),
  ).toEqual(changed('inactive', channelsOf(...rules)));
});

it.each([
  [{ channel: 'net' }, 'NO_CHANNEL', 'Session "web" has no channel "net"'],
  [{ events: ['shop:x'] }, 'NO_RULE', 'Session "web" has no such rule "shop:x"'],
  [
    { channel: 'default', target: { kind: 'command', name: 'shop' } },
    'NO_RULE',
    'Channel "default" has no rule for this target',
  ],
] as const)('refuses contexts for %j', (more, code, reason) => {
  const asked = addContexts({ ...more, contexts: ['vpid'] } as never);
  const before = channelsOf(RULE);
  expect(steps(INPUT, enable(), asked)).toEqual(
    at('inactive', [refusal(code, reason), published('inactive', before)]),
  );
});

it(`has at most ${CONTEXTS_MAX} contexts in a channel, those of its rules included`, () => {
  const names = Array.from({ length: CONTEXTS_MAX }, (_, index) => `$app.c${index}`);
  const full = [enable(), addContexts({ contexts: names })] as const;
  const more = channelWith({ contexts: names }, RULE);
  const same = addContexts({ events: [RULE.pattern], contexts: names.slice(0, 1) });
  const ruled = channelWith({ contexts: names }, { ...RULE, contexts: names.slice(0, 1) });
  expect(steps(INPUT, ...full, same)).toEqual(changed('inactive', ruled));
  const reason = `Channel "default" would have more than ${CONTEXTS_MAX} contexts`;
  expect(
    steps(INPUT, ...full, addContexts({ events: [RULE.pattern], contexts: ['vpid'] })),
  ).toEqual(at('inactive', [refusal('LIMIT', reason), published('inactive', more)]));
});

it('sends an application the contexts of its channels and rules', () => {
  const { effects } = steps(
    INPUT,
    ...RECORDING,
    addContexts({ contexts: ['vpid'] }),
    addContexts({ events: [RULE.pattern], contexts: ['vtid'] }),
  );
  const { pattern, logLevelMax } = RULE;
  const rules = [{ pattern, logLevelMax, contexts: ['vtid'] }];
  const expected = JSON.stringify({ rules, contexts: ['vpid'] }).slice(1, -1);
  expect(JSON.stringify(effects)).toContain(expected);
});
