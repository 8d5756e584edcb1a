/** Filters of the simulated kernel: what they select, and what it refuses. */
import { describe, expect, test } from 'vitest';
import { KERNEL_EVENTS } from '../../../../../sim/machine/tracefs/events.ts';
import { parseFilter } from '../../../../../sim/machine/tracefs/filter.ts';

const VALUES = {
  common_pid: 7,
  prev_comm: 'node',
  prev_pid: 12,
  prev_prio: -5,
  prev_state: 2n,
  next_comm: 'swapper/0',
  next_pid: 0,
};

function selects(text: string): boolean | string {
  const event = KERNEL_EVENTS.find(({ name }) => name === 'sched_switch');
  if (event === undefined) throw new Error('No sched_switch');
  const filter = parseFilter(text, event);
  return filter.ok ? filter.value(VALUES) : filter.error;
}

describe('a filter', () => {
  test.each([
    ['prev_pid == 12', true],
    ['prev_pid != 0xc', false],
    ['prev_pid>11&&prev_pid<13', true],
    ['prev_pid >= 13 || prev_prio <= -5', true],
    ['prev_state & 2', true],
    ['prev_state & 1', false],
    ['common_pid == 7', true],
    ['!(prev_pid == 12)', false],
    ['!prev_pid == 13 && next_pid == 0', true],
    ['next_pid == 1 && next_pid == 0 || prev_pid == 12', true],
    ['next_pid == 1 && (next_pid == 0 || prev_pid == 12)', false],
    ['prev_comm == "node"', true],
    ["prev_comm != 'node'", false],
    ['next_comm ~ "swap*"', true],
    ['next_comm ~ "swap?"', false],
  ])('%s selects: %s', (text, expected) => {
    expect(selects(text)).toBe(expected);
  });

  test.each([
    ['nothing == 1', 'Field not found'],
    ['prev_pid == node', 'Invalid value (did you forget quotes)?'],
    ['prev_pid ~ 1', 'Invalid operator'],
    ['prev_comm == node', 'Missing closing quote'],
    ['prev_comm < "node"', 'Illegal operation for field type'],
    ['(prev_pid == 1', 'Unbalanced parenthesis'],
    ['prev_pid == 1)', 'Unbalanced parenthesis'],
    ['prev_pid == 1 &&', 'Field not found'],
    ['prev_pid == 1 ; 2', 'Invalid operator'],
  ])('%s is refused: %s', (text, reason) => {
    expect(selects(text)).toBe(reason);
  });
});
