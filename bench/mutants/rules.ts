/** Mutants of event rules: what they select, filters, and how sessions keep and pass them. */
import { mutantsOf } from './mutant.ts';

export const RULES = [
  ...mutantsOf('src/event/rule', [
    [
      'the log level is compared the wrong way round',
      'R2.8',
      ['logLevel <= logLevelMax', 'logLevel >= logLevelMax'],
    ],
    [
      'a rule for one level records those above as well',
      'R2.8',
      ['logLevel >= logLevelMin', 'true'],
    ],
    [
      'excluded names are recorded',
      'R2.8',
      ['exclusions.some((excluded) => matchesGlob(excluded, name))', 'false'],
    ],
  ]),
  ...mutantsOf('src/tracer/event-rules', [
    [
      'an event is recorded only if all filters select it',
      'R2.8',
      ['filters.some((filter) => filter(values))', 'filters.every((filter) => filter(values))'],
    ],
    [
      'a rule with a filter hides one without',
      'R2.8',
      [
        'if (expression === undefined)\n                return true;',
        'if (expression === undefined)\n                continue;',
      ],
    ],
  ]),
  ...mutantsOf('src/tracer/codegen', [
    [
      'a filter is not asked',
      'R2.8',
      ['binding.filter !== undefined && !binding.filter(${prepared})', 'false'],
    ],
  ]),
  ...mutantsOf('src/filter/compile', [
    [
      'a filter with a missing field selects what the rest of it selects',
      'R2.8',
      [
        'return typed;\n            const value = asNumber(typed.value);',
        'continue;\n            const value = asNumber(typed.value);',
      ],
    ],
    ['or is and', 'R2.8', ["const decides = operator === '||';", 'const decides = false;']],
    [
      'a pattern with != selects what it matches',
      'R2.8',
      ["const isMatch = operator === '==';", 'const isMatch = true;'],
    ],
    ['less is compared the wrong way round', 'R2.8', ['left < right', 'left > right']],
  ]),
  ...mutantsOf('src/filter/texts', [
    [
      'a filter sees a text that the trace does not have',
      'R2.8',
      ['if (!UNRECORDED.test(value))', 'if (true)'],
    ],
  ]),
  ...mutantsOf('src/filter/parse', [
    [
      'comparisons bind more tightly than bitwise operators',
      'R2.8',
      ['const operators = BINARY_LEVELS[level];', 'const operators = BINARY_LEVELS[5 - level];'],
    ],
    [
      'a text after a whole filter is ignored',
      'R2.8',
      ['parser.isAtEnd ? ok(parsed.value.expression)', 'true ? ok(parsed.value.expression)'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/changes', [
    [
      'a rule that contradicts itself is accepted',
      'R2.8',
      ['if (fault !== undefined)', 'if (false)'],
    ],
    [
      'a rule replaces the others of its name and target',
      'R2.8',
      ['return !rule.enabled && isOfName', 'return isOfName'],
    ],
    ['a disabled rule stays beside its successor', 'R2.8', [' || isSuperseded(rule, other)', '']],
  ]),
  ...mutantsOf('actors/sessiond/session/context', [
    [
      'applications get rules without their filters',
      'R2.8',
      ['...selectionOf(rule)', '...selectionOf({ ...rule, filter: undefined })'],
    ],
  ]),
];
