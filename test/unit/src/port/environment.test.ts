/** Which environment a process believes. */
import { expect, test } from 'vitest';
import { believedEnvironment } from '../../../../src/port/environment.ts';

const accountHome = (): string => '/home/alice';

test('a process with the rights of its starter believes the environment', () => {
  const home = (environment: Record<string, string>): string =>
    believedEnvironment({ environment, isElevated: false, accountHome }).homeDirectory;
  expect(home({ LTTNG_HOME: '/ours', HOME: '/theirs' })).toBe('/ours');
  expect(home({ LTTNG_HOME: '', HOME: '/theirs' })).toBe('/theirs');
  expect(home({ HOME: '' })).toBe('/home/alice');
});

test('a process with more rights believes nothing of it', () => {
  const environment = { LTTNG_HOME: '/ours', HOME: '/theirs', LTTNG_TS_PIPE: '/etc/pipe' };
  const believed = believedEnvironment({ environment, isElevated: true, accountHome });
  expect(believed.environment).toEqual({});
  expect(believed.homeDirectory).toBe('/home/alice');
});
