/** Every machine has a step test, which ends with what it has not tried; and that list has what it should have. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, test } from 'vitest';
import { createMachine } from 'xstate';
import { passed, stepsOf, untried } from '../support/step.ts';

const ROOT = join(import.meta.dirname, '../..');
const machines = readdirSync(join(ROOT, 'actors'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/machine.ts'))
  .map(dirname);

test('there are machines', () => {
  expect(machines.length).toBeGreaterThan(5);
});

it.each(machines)('%s is tested step by step, and each way of its chart is asked for', (path) => {
  const text = readFileSync(join(ROOT, 'test/unit/actors', path, 'machine.test.ts'), 'utf8');
  expect(text).toMatch(/expect\(untried\(\w+Machine\)\)\.toEqual\(.*\);\n\}\);\n$/);
});

/** A door, with a state that is only passed through and two that no test below reaches. */
const door = createMachine({
  id: 'door',
  initial: 'shut',
  states: {
    shut: {
      on: {
        push: [
          { guard: ({ event }) => event['isHard'] === true, target: 'broken' },
          { target: 'moving' },
        ],
        ring: {},
      },
    },
    moving: { always: 'open' },
    open: { after: { 1000: 'shut' }, on: { push: 'locked' } },
    broken: {},
    locked: {},
  },
});

test('a state that no step has reached, and each way that none has taken, is named', () => {
  const steps = stepsOf(door);
  expect(steps(undefined, { type: 'push' })).toEqual({
    value: 'open',
    effects: [],
    delays: [1000],
  });
  expect(untried(door)).toEqual([
    'door.broken',
    'door.locked',
    'door.shut: push, way 1',
    'door.shut: ring, way 1',
    'door.open: push, way 1',
    'door.open: xstate.after.1000.door.open, way 1',
  ]);
  steps(undefined, { type: 'ring' });
  steps(undefined, { type: 'push', isHard: true });
  steps(undefined, { type: 'push' }, passed(1000));
  expect(untried(door)).toEqual(['door.locked', 'door.open: push, way 1']);
});

test('a delay that is not on, or no more, cannot pass', () => {
  const steps = stepsOf(door);
  expect(() => steps(undefined, passed(1000))).toThrow('a-delay-of-1000-ms-is-on');
  const over = [{ type: 'push' }, { type: 'push' }] as const;
  expect(() => steps(undefined, ...over, passed(1000))).toThrow('a-delay-of-1000-ms-is-on');
});
