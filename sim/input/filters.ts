/**
 * Filters of event rules in scenarios. Each has its text, and a function that says which events the text selects. The
 * function uses neither the product's parser nor its evaluation, so oracles compare the product with it.
 */
import { assert } from '../../src/base/assert.ts';
import type { PartDraw } from './draw.ts';

/** The fields of a simulated application's events, as the trace has them. */
export interface EventFields {
  readonly counter: number;
  readonly text: string;
}

/** `never`: the filter cannot be computed for these events, so that not even a part of it selects one. */
type Selects = ((event: EventFields) => boolean) | 'never';

const SIMPLE: readonly (readonly [string, Selects])[] = [
  ['counter', ({ counter }) => counter > 0],
  ['!counter', ({ counter }) => counter === 0],
  ['counter & 1', ({ counter }) => counter % 2 === 1],
  ['counter & 3 == 2', ({ counter }) => counter % 4 === 2],
  ['!(counter & 2)', ({ counter }) => counter % 4 < 2],
  ['counter >> 2 != 0x1', ({ counter }) => counter < 4 || counter > 7],
  ['counter << 1 <= 010', ({ counter }) => counter <= 4],
  ['(counter ^ 1) < 4', ({ counter }) => counter < 4],
  ['-counter > -5', ({ counter }) => counter < 5],
  ['~counter >= -10', ({ counter }) => counter < 10],
  ['(counter | 1) == 7', ({ counter }) => counter === 6 || counter === 7],
  ['counter < 3.5', ({ counter }) => counter < 4],
  ['counter >= 7', ({ counter }) => counter >= 7],
  ['counter > 2 == 1', ({ counter }) => counter > 2],
  ['text == ""', ({ text }) => text === ''],
  ['text != "aaa*"', ({ text }) => !text.startsWith('aaa')],
  ['text == "*e*"', ({ text }) => text.includes('e')],
  ['text < "f"', ({ text }) => text === '' || text.charCodeAt(0) < 0x66],
  ['"k" <= text', ({ text }) => text !== '' && text.charCodeAt(0) >= 0x6b],
  ['text == "z␀*"', ({ text }) => text.startsWith('z␀')],
  ['text == "*␀*"', ({ text }) => text.includes('␀')],
  ['text < "h␀"', ({ text }) => text < 'h␀'],
  ['text == "\\*"', ({ text }) => text === '*'],
  ['$ctx.vpid > 0', () => true],
  ['$ctx.procname == ""', () => false],
  ['$app.turn == "turn*"', ({ counter }) => counter % 5 === 4],
  ['missing == 1', 'never'],
  ['!missing', 'never'],
  ['counter.part', 'never'],
  ['counter[0]', 'never'],
  ['text == 5', 'never'],
  ['counter == "5"', 'never'],
  ['text', 'never'],
];

/** Texts that are no filters. */
export const WRONG_FILTERS = [
  'counter = 1',
  'counter ==',
  'counter == 1)',
  '(counter',
  'counter * 2',
  'text == "a',
  'text < "a*"',
  '$ctx.none == 1',
  '!'.repeat(40),
] as const;

/** All filters, by text. */
const FILTERS: ReadonlyMap<string, Selects> = new Map([...SIMPLE, ...SIMPLE.flatMap(combined)]);

function combined([one, selects]: (typeof SIMPLE)[number]): [string, Selects][] {
  return [
    [`!(${one})`, selects === 'never' ? 'never' : (event) => !selects(event)],
    ...SIMPLE.flatMap(([other, selectsToo]): [string, Selects][] => {
      const isNever = selects === 'never' || selectsToo === 'never';
      return [
        [
          `(${one}) && (${other})`,
          isNever ? 'never' : (event) => selects(event) && selectsToo(event),
        ],
        [
          `(${one}) || (${other})`,
          isNever ? 'never' : (event) => selects(event) || selectsToo(event),
        ],
      ];
    }),
  ];
}

export function drawFilter(part: PartDraw): string {
  const texts = part.chance(2) ? SIMPLE.map(([text]) => text) : [...FILTERS.keys()];
  return texts[part.between(0, texts.length - 1)] ?? 'counter';
}

/** Whether some event of an application may be selected; true without a filter. */
export function mayBeSelected(filter: string | undefined): boolean {
  return filter === undefined || selectsOf(filter) !== 'never';
}

/** Whether the event is selected; true without a filter. */
export function isSelected(filter: string | undefined, event: EventFields): boolean {
  if (filter === undefined) return true;
  const selects = selectsOf(filter);
  return selects !== 'never' && selects(event);
}

function selectsOf(filter: string): Selects {
  const selects = FILTERS.get(filter);
  assert(selects !== undefined, 'filters:input:known-text');
  return selects;
}
