/** Every machine has a step test that ends with the list of untried transitions; and that list is complete. */
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

it.each(machines)('%s has a step test that asks for each transition of its chart', (path) => {
  const text = readFileSync(join(ROOT, 'test/unit/actors', path, 'machine.test.ts'), 'utf8');
  expect(text).toMatch(/expect\(untried\(\w+Machine\)\)\.toEqual\(.*\);\n\}\);\n$/);
});

/** A door with one transient state, and two states that no test below reaches. */
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

test('the list names each unreached state and each transition that no step took', () => {
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

test('a delay that has not begun or has ended cannot pass', () => {
  const steps = stepsOf(door);
  expect(() => steps(undefined, passed(1000))).toThrow('a-delay-of-1000-ms-is-on');
  const over = [{ type: 'push' }, { type: 'push' }] as const;
  expect(() => steps(undefined, ...over, passed(1000))).toThrow('a-delay-of-1000-ms-is-on');
});
