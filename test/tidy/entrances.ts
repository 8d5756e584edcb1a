/**
 * Every function that the library, or the World under it, hands to Node goes through an entrance
 * (`src/os/entrance.ts`): an error in it must not end the traced program.
 */
import { parseAst } from 'rolldown/parseAst';
import type { Check } from './checks.ts';

/** Calls that keep a function for later, and which argument it is; -1: the last one. A method has a dot. */
const KEEPERS: Readonly<Record<string, number>> = {
  setTimeout: 0,
  setInterval: 0,
  setImmediate: 0,
  queueMicrotask: 0,
  '.nextTick': 0,
  '.then': 0,
  '.catch': 0,
  '.finally': 0,
  FinalizationRegistry: 0,
  '.on': 1,
  '.once': 1,
  '.addListener': 1,
  '.prependListener': 1,
  '.subscribe': 1,
  createServer: -1,
  PerformanceObserver: 0,
};
/** These make a function that enters through an entrance. */
const ENTERING = new Set(['entering', 'guarded']);
const ROOMS = /^(?:src\/os|bin\/library)\//;

/** Functions that enter on their own, each with the reason why its errors end nothing. */
const WATCHED: Readonly<Record<string, string>> = {
  'bin/library/start.ts debugMistake': 'never throws',
  'bin/library/start.ts await': 'the promise of the function is watched',
  'bin/library/wait.ts end': 'only settles a promise',
  'src/os/log.ts goOn': 'does nothing',
  'src/os/log.ts writeWaiting': 'only daemons import this file',
  'bin/library/wait.ts resolve': 'only settles a promise',
};

/** A node of the syntax tree, as far as this check looks at it. */
interface Node {
  readonly type: string;
  readonly name?: unknown;
  readonly id?: unknown;
  readonly init?: unknown;
  readonly callee?: unknown;
  readonly arguments?: readonly unknown[];
  readonly body?: unknown;
  readonly property?: unknown;
}

export const entrances: Check = ({ path, text }) => {
  if (!ROOMS.test(path) || !/\.c?ts$/.test(path)) return [];
  const nodes = [...nodesOf(parseAst(text, { lang: 'ts' }))];
  const entering = new Set(
    nodes.flatMap(({ type, id, init }) =>
      type === 'VariableDeclarator' && isNode(id) && isEntering(init) ? [String(id.name)] : [],
    ),
  );
  const kept = nodes.flatMap((node) => (isCall(node) ? keptBy(node) : []));
  return [
    ...kept
      .filter((value) => !isEntering(value) && !entering.has(nameOf(value)))
      .filter((value) => WATCHED[`${path} ${nameOf(value)}`] === undefined)
      .map((value) => `gives Node ${nameOf(value) || 'a function'} that goes through no entrance`),
    ...nodes
      .filter((node) => node.type === 'AwaitExpression')
      .filter(() => WATCHED[`${path} await`] === undefined)
      .map(() => 'awaits: what follows goes through no entrance'),
  ];
};

function keptBy({ callee, arguments: given }: Node): Node[] {
  const name = nameOf(callee);
  const keeper = KEEPERS[isNode(callee) && callee.type === 'MemberExpression' ? `.${name}` : name];
  const value = keeper === undefined ? undefined : given?.at(keeper);
  return isNode(value) ? [value] : [];
}

function isCall({ type }: Node): boolean {
  return type === 'CallExpression' || type === 'NewExpression';
}

/** `entering(…)`, or a function that only runs an entrance, or does nothing. */
function isEntering(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (isCall(value)) return ENTERING.has(nameOf(value.callee));
  if (value.type !== 'ArrowFunctionExpression' || !isNode(value.body)) return false;
  return isCall(value.body)
    ? nameOf(value.body.callee) === 'run'
    : nameOf(value.body) === 'undefined';
}

/** The last name of `a`, `a.b` and `a?.b`. */
function nameOf(value: unknown): string {
  if (!isNode(value)) return '';
  if (value.type === 'Identifier') return String(value.name);
  return value.type === 'MemberExpression' ? nameOf(value.property) : '';
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const each of value) yield* nodesOf(each);
  else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) yield* nodesOf(child);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
