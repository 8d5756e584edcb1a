/**
 * Makes a failing input smaller: removes scripts, steps and samples, and halves numbers, as long as the run still
 * fails in the same way. Parts of an input are independent (`../input/draw.ts`), so removing one does not change the
 * others.
 */

import type { ScenarioInput } from '../input/scenario.ts';
import { type Lens } from '../machine/lens.ts';
import type { Finding } from '../oracles/finding.ts';
import { runScenario } from './run.ts';

/** Maximum number of runs in a search. */
export const SHRINK_RUNS_MAX = 500;

/** Lists whose elements may be removed, numbers that may be reduced, and members that may be absent. */
const LISTS = new Set([
  'scripts',
  'steps',
  'operations',
  'samplesAt',
  'faults',
  'lossyLinks',
  'quirks',
  'others',
]);
const NUMBERS = new Set(['count', 'characters']);
const OPTIONAL = new Set(['killAtCall']);
const NESTED = new Set(['command', 'workload', 'network', 'sender', 'view']);

type Json = { readonly [name: string]: unknown };

/** This many words of a finding, without names and numbers, say what is wrong. */
const WORDS_KEPT = 6;

/** The smallest input found with a finding like this one, with the lens that `plant` makes for each run. */
export function shrink(
  input: ScenarioInput,
  finding: Finding,
  plant: (() => Lens) | undefined,
): { readonly input: ScenarioInput; readonly runs: number } {
  let [smallest, runs] = [input, 0];
  const fails = (candidate: ScenarioInput): boolean => {
    runs += 1;
    const { findings } = runScenario(candidate, { lens: plant?.() });
    return findings.some((other) => isLike(other, finding));
  };
  for (let isBetter = true; isBetter; ) {
    isBetter = false;
    for (const candidate of smallerObjects(smallest as unknown as Json)) {
      if (runs >= SHRINK_RUNS_MAX) return { input: smallest, runs };
      // The removed part was optional or an element of a list: the rest is still an input.
      const next = candidate as unknown as ScenarioInput;
      if (!fails(next)) continue;
      [smallest, isBetter] = [next, true];
      break;
    }
  }
  return { input: smallest, runs };
}

/** Of the same oracle, with the same words at the beginning: an oracle has several complaints. */
function isLike(one: Finding, other: Finding): boolean {
  const words = ({ text }: Finding): string =>
    text
      .replaceAll(/"[^"]*"|\S*\d\S*/g, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .slice(0, WORDS_KEPT)
      .join(' ');
  return one.oracle === other.oracle && words(one) === words(other);
}

/** Variants of an object that are smaller in one member, the largest reductions first. */
function* smallerObjects(object: Json): Generator<Json> {
  for (const [name, value] of Object.entries(object)) {
    if (OPTIONAL.has(name)) {
      yield Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
    }
    for (const smaller of smallerValues(name, value)) yield { ...object, [name]: smaller };
  }
}

function* smallerValues(name: string, value: unknown): Generator<unknown> {
  if (LISTS.has(name) && Array.isArray(value)) {
    const list = value as readonly unknown[];
    for (const index of list.keys()) yield list.toSpliced(index, 1);
    for (const [index, element] of list.entries()) {
      if (!isObject(element)) continue;
      for (const smaller of smallerObjects(element)) yield list.with(index, smaller);
    }
  } else if (NUMBERS.has(name) && typeof value === 'number' && value > 1) {
    yield 1;
    yield Math.floor(value / 2);
  } else if (NESTED.has(name) && isObject(value)) yield* smallerObjects(value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
