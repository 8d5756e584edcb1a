/** The rules of `add-event` and `disable-event`, of programs and of the kernel (R1.24, R2.8). */
import { describe, expect, it } from 'vitest';
import { rulesIn, rulesOf } from '../../../../../bin/lttng/options/added-rules.ts';
import { disabledRules } from '../../../../../bin/lttng/options/disabled-rules.ts';

const ALL = { kind: 'all' } as const;

describe('rules of the kernel', () => {
  it('are of tracepoints, of system calls, or of both', () => {
    const kindOf = (options: Parameters<typeof rulesOf>[0], names?: string) => {
      const { kind, patterns } = rulesOf({ kernel: true, ...options }, names);
      return [kind, ...patterns];
    };
    expect(kindOf({}, 'sched_switch,irq:*')).toEqual(['tracepoint', 'sched_switch', 'irq:*']);
    expect(kindOf({ tracepoint: true }, 'a')).toEqual(['tracepoint', 'a']);
    expect(kindOf({ syscall: true }, 'openat')).toEqual(['syscall', 'openat']);
    expect(kindOf({ all: true })).toEqual(['all', '*']);
    expect(kindOf({ all: true, syscall: true })).toEqual(['syscall', '*']);
    expect(kindOf({ all: true, tracepoint: true })).toEqual(['tracepoint', '*']);
  });

  it('are in a session as the registry keeps them', () => {
    const rule = { pattern: '*', logLevelMax: 14, target: ALL, enabled: true };
    expect(rulesIn(rulesOf({ kernel: true, all: true }))).toEqual([
      rule,
      { ...rule, kind: 'syscall' },
    ]);
  });

  it('have a filter in the language of the kernel, which is not read here', () => {
    const filter = 'prev_comm ~ "node*" && prev_pid & 1';
    expect(rulesOf({ kernel: true, filter }, 'sched_switch').selection).toEqual({
      logLevelMax: 14,
      filter,
    });
    expect(() => rulesOf({ filter }, 'a')).toThrow(/^The filter is wrong at character /);
  });

  it.each([
    [{ pid: 1 }, '--pid is for programs, not for --kernel'],
    [{ command: 'node' }, 'The name of a command is for programs, not for --kernel'],
    [{ loglevel: 6 }, '--loglevel is for programs, not for --kernel'],
    [{ loglevelOnly: 6 }, '--loglevel-only is for programs, not for --kernel'],
    [{ exclude: ['a'] }, '--exclude is for programs, not for --kernel'],
    [{ marker: true as const }, '--marker is for programs, not for --kernel'],
    [{ userspace: true as const }, 'Name one of --userspace and --kernel'],
    [{ all: true as const }, 'Name events or use --all, not both'],
    [
      { tracepoint: true as const, syscall: true as const },
      'Name one of --tracepoint, --marker and --syscall',
    ],
    [{ channel: '/' }, /^A channel name is /],
  ])('refuse what is of programs: %j', (options, reason) => {
    expect(() => rulesOf({ kernel: true, ...options }, 'sched_switch')).toThrow(reason);
  });

  it('need a name, and an argument is no command', () => {
    expect(() => rulesOf({ kernel: true })).toThrow(/^Name an event/);
    expect(() => rulesOf({ kernel: true }, 'a', 'node')).toThrow(/^The name of a command is/);
    expect(() => rulesOf({ kernel: true }, `a,${'b'.repeat(256)}`)).toThrow(/^An event name is/);
  });
});

describe('rules of programs', () => {
  it('are of no system call', () => {
    expect(() => rulesOf({ syscall: true }, 'openat')).toThrow('--syscall is for --kernel');
    expect(() => rulesOf({ tracepoint: true, marker: true }, 'a')).toThrow(/^Name one of/);
    expect(rulesOf({ marker: true }, 'a').patterns).toEqual(['marker:a']);
    expect(rulesOf({ all: true })).toMatchObject({ domain: undefined, patterns: ['*'] });
  });
});

describe('rules that are disabled', () => {
  it('are those of every kind unless one is named', () => {
    expect(disabledRules({ kernel: true }, 'a,b')).toEqual({
      patterns: ['a', 'b'],
      domain: 'kernel',
    });
    expect(disabledRules({ kernel: true, syscall: true }, 'a')).toMatchObject({ kind: 'syscall' });
    expect(disabledRules({}, 'a')).toEqual({ patterns: ['a'] });
    expect(disabledRules({ pid: 7 }, 'a').target).toEqual({ kind: 'pid', pid: 7 });
    expect(() => disabledRules({ kernel: true, pid: 7 }, 'a')).toThrow(/^--pid is for programs/);
  });
});
