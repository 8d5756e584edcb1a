/** Mutants of contexts: which events carry them, with which values, and how sessions keep and pass them. */
import { mutantsOf } from './mutant.ts';

export const CONTEXT_MUTANTS = [
  ...mutantsOf('src/tracer/event-rules', [
    [
      'events lack what their channel has',
      'R2.9',
      ['const all = [...ofChannel, ...', 'const all = [...'],
    ],
    [
      'events carry contexts of rules that do not name them',
      'R2.9',
      [
        'const named = carrying.filter((rule) => selectsName(rule, event));',
        'const named = carrying;',
      ],
    ],
  ]),
  ...mutantsOf('src/tracer/attached-streams', [
    [
      'a stream does not learn of later contexts',
      'R2.9',
      ['JSON.stringify([rules, contexts])', 'JSON.stringify(rules)'],
    ],
  ]),
  ...mutantsOf('src/tracer/contexts', [
    [
      'a context keeps its first value',
      'R2.9',
      ['return valueOf(read());', 'return (read.first ??= valueOf(read()));'],
    ],
    [
      'an error of what an application publishes reaches its tracepoint',
      'R2.9',
      ["catch {\n                return '';", 'catch (thrown) {\n                throw thrown;'],
    ],
    [
      'a long text of a context is recorded whole',
      'R2.9',
      ['if (text.length <= CONTEXT_TEXT_CHARACTERS_MAX)', 'if (true)'],
    ],
  ]),
  ...mutantsOf('src/tracer/tracer', [
    ['a class with other contexts keeps its id', 'R2.9', ['signatureOf(inContext)', 'signature']],
  ]),
  ...mutantsOf('src/filter/context-access', [
    [
      'what an application publishes is compared as a number alone',
      'R2.8',
      [
        "const isText = other.kind === 'text' || other.kind === 'published';",
        'const isText = false;',
      ],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/context', [
    [
      'applications do not get the contexts of channels',
      'R2.9',
      ['rules, ...contextsIn(channel) }', 'rules }'],
    ],
    ['applications do not get the contexts of rules', 'R2.9', ['...contextsIn(rule),', '']],
    [
      'a restored session has no contexts',
      'R2.9',
      [
        'channels: restored?.channels ?? []',
        'channels: (restored?.channels ?? []).map(({ contexts: _, ...channel }) => channel)',
      ],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/changes', [
    [
      'contexts replace those that are there',
      'R2.9',
      ['new Set([...contexts, ...added])', 'new Set(added)'],
    ],
    [
      'a rule that is enabled again loses its contexts',
      'R2.9',
      ['return contexts === undefined ? rule :', 'return true ? rule :'],
    ],
  ]),
];
