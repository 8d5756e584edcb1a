/** Targets of rules, and the warning for those that may cost more than a user expects (R2.12). */
import { expect, it } from 'vitest';
import { targetOf, warningOf } from '../../../../../bin/lttng/options/rule.ts';

it('--all and the name of a command are warned of, one process is not (R2.12)', () => {
  const warning = (
    options: Parameters<typeof targetOf>[0],
    argument?: string,
  ): string | undefined => warningOf(options, targetOf(options, argument));
  expect(warning({})).toBeUndefined();
  expect(warning({ pid: 1 })).toBeUndefined();
  expect(warning({ all: true })).toBe(
    'Note: this traces every application that the registry may trace, and may slow down this machine noticeably.',
  );
  const named = /^Note: this traces every process named app\.js .* may slow down this machine/;
  expect(warning({ command: 'app.js' })).toMatch(named);
  expect(warning({}, 'app.js')).toMatch(named);
});
