/** What a stream records by several rules. */
import { expect, it } from 'vitest';
import { LOG_LEVELS } from '../../../../src/event/model.ts';
import type { EventSelection } from '../../../../src/event/rule.ts';
import { matchRules } from '../../../../src/tracer/event-rules.ts';
import { fieldsOf, u32 } from '../../../../src/tracer/types.ts';

const FIELDS = fieldsOf({ a: u32 });
const rule = (more: Partial<EventSelection> = {}): EventSelection => ({
  pattern: 'shop:*',
  logLevelMax: LOG_LEVELS.debug,
  ...more,
});
const eventOf = (name: string, logLevel: number = LOG_LEVELS.info) => ({
  name,
  logLevel,
  fields: FIELDS,
});
const never = (): never => {
  throw new Error('refused');
};

/** The values of `a`, 0 to 3, with which the event is recorded. */
function selectedBy(rules: readonly EventSelection[], event = eventOf('shop:a')): number[] {
  const selection = matchRules(rules, never)(event);
  return [0, 1, 2, 3].filter((a) => (typeof selection === 'boolean' ? selection : selection([a])));
}
const ALL = [0, 1, 2, 3];

it('records an event that any of the rules selects', () => {
  const rules = [rule({ filter: 'a == 1' }), rule({ filter: 'a >= 3' })];
  expect(selectedBy(rules)).toEqual([1, 3]);
  expect(selectedBy([...rules, rule()])).toEqual(ALL);
  expect(selectedBy([...rules, rule({ pattern: 'x' })])).toEqual([1, 3]);
});

it('calls no filter when a rule without one selects the event', () => {
  expect(matchRules([rule({ filter: 'a == 1' }), rule()], never)(eventOf('shop:a'))).toBe(true);
});

it('does not enable an event whose fields the filters cannot be about', () => {
  const match = matchRules([rule({ filter: 'b == 1' }), rule({ filter: 'a == "x"' })], never);
  expect(match(eventOf('shop:a'))).toBe(false);
});

it('records one level alone, or one and those above', () => {
  const { emerg, err, info, debug } = LOG_LEVELS;
  const recordedBy = (more: Partial<EventSelection>): number[] =>
    [emerg, err, info, debug].filter(
      (level) => selectedBy([rule(more)], eventOf('shop:a', level)).length > 0,
    );
  expect(recordedBy({ logLevelMax: err })).toEqual([emerg, err]);
  expect(recordedBy({ logLevelMax: err, logLevelMin: err })).toEqual([err]);
  expect(recordedBy({ logLevelMin: err })).toEqual([err, info, debug]);
});

it('does not record what a rule excludes, unless another rule selects it', () => {
  const excluding = rule({ exclusions: ['shop:a*', 'shop:b'] });
  const recordedBy = (...rules: EventSelection[]): string[] =>
    ['shop:a', 'shop:ab', 'shop:b', 'shop:bc'].filter(
      (name) => selectedBy(rules, eventOf(name)).length > 0,
    );
  expect(recordedBy(excluding)).toEqual(['shop:bc']);
  expect(recordedBy(excluding, rule({ pattern: 'shop:ab' }))).toEqual(['shop:ab', 'shop:bc']);
});

it('names a rule whose filter cannot be read, and keeps the others', () => {
  const refused: unknown[] = [];
  const broken = rule({ filter: 'a ==' });
  const match = matchRules([broken, rule({ filter: 'a == 1' })], (each, reason) => {
    refused.push([each, reason]);
  });
  expect(match(eventOf('shop:a'))).toBeTypeOf('function');
  expect(refused).toEqual([[broken, 'a value is missing, at character 5']]);
});
