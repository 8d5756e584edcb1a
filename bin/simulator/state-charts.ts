/**
 * State charts of every actor, drawn from the machines themselves: a page per machine with a diagram (Mermaid) of the
 * transitions that change its state, and a list of all transitions, including those that only run actions.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { clientMachine } from '../../actors/client/machine.ts';
import { consumerMachine } from '../../actors/consumerd/consumer/machine.ts';
import { snapshotMachine } from '../../actors/consumerd/snapshot/machine.ts';
import { applicationMachine } from '../../actors/library/application/machine.ts';
import { registrationMachine } from '../../actors/library/registration/machine.ts';
import { liveViewMachine } from '../../actors/live-view/machine.ts';
import { controlLinkMachine } from '../../actors/relayd/control-link/machine.ts';
import { dataLinkMachine } from '../../actors/relayd/data-link/machine.ts';
import { relayMachine } from '../../actors/relayd/relay/machine.ts';
import { viewerMachine } from '../../actors/relayd/viewer/machine.ts';
import { appLinkMachine } from '../../actors/sessiond/app-link/machine.ts';
import { clientLinkMachine } from '../../actors/sessiond/client-link/machine.ts';
import { kernelLinkMachine } from '../../actors/sessiond/kernel-link/machine.ts';
import { registryMachine } from '../../actors/sessiond/registry/machine.ts';
import { relayLinkMachine } from '../../actors/sessiond/relay-link/machine.ts';
import { sessionMachine } from '../../actors/sessiond/session/machine.ts';
import { supervisorMachine } from '../../actors/supervisor/machine.ts';

/** Maximum columns of a line. */
const COLUMNS_MAX = 118;

interface Charted {
  readonly machine: AnyStateMachine;
  /** Its folder below `actors`; the page is named after the last part. */
  readonly source: string;
  /** The title of the page, which describes the machine. */
  readonly title: string;
}

const MACHINES: readonly Charted[] = [
  {
    machine: registryMachine,
    source: 'sessiond/registry',
    title: 'The registry: root of `lttng-sessiond`',
  },
  {
    machine: sessionMachine,
    source: 'sessiond/session',
    title: 'A recording session in the registry',
  },
  {
    machine: appLinkMachine,
    source: 'sessiond/app-link',
    title: 'An application, as the registry sees it',
  },
  {
    machine: clientLinkMachine,
    source: 'sessiond/client-link',
    title: 'A client or consumer, as the registry sees it',
  },
  {
    machine: relayLinkMachine,
    source: 'sessiond/relay-link',
    title: "The registry's link of a consumer to a relay",
  },
  {
    machine: kernelLinkMachine,
    source: 'sessiond/kernel-link',
    title: "The kernel's tracer, as a kernel part of a session sees it",
  },
  { machine: clientMachine, source: 'client', title: 'A command of `lttng`' },
  {
    machine: supervisorMachine,
    source: 'supervisor',
    title: 'A supervisor: keeps a session consumed',
  },
  {
    machine: consumerMachine,
    source: 'consumerd/consumer',
    title: 'A consumer: root of `ust-consumerd` and of `ltt-consumerd`',
  },
  {
    machine: snapshotMachine,
    source: 'consumerd/snapshot',
    title: 'A snapshot: root of `ust-consumerd --snapshot`',
  },
  {
    machine: applicationMachine,
    source: 'library/application',
    title: 'The library in an application',
  },
  {
    machine: registrationMachine,
    source: 'library/registration',
    title: "The library's registration with one registry",
  },
  {
    machine: liveViewMachine,
    source: 'live-view',
    title: 'A viewer of live sessions: `lttng view net://…`',
  },
  { machine: relayMachine, source: 'relayd/relay', title: 'The relay: root of `lttng-relayd`' },
  {
    machine: controlLinkMachine,
    source: 'relayd/control-link',
    title: 'A control connection, as the relay sees it',
  },
  {
    machine: dataLinkMachine,
    source: 'relayd/data-link',
    title: 'A data connection, as the relay sees it',
  },
  {
    machine: viewerMachine,
    source: 'relayd/viewer',
    title: 'A viewer, as the relay sees it',
  },
];

/** A transition of a state. */
interface Way {
  readonly event: string;
  readonly guard: string;
  readonly actions: readonly string[];
  /** Undefined: the state stays. */
  readonly target: AnyStateNode | undefined;
}

/** The files of `docs/charts`, by name. */
export function chartFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const charted of MACHINES) files.set(pageName(charted), pageOf(charted));
  const list = MACHINES.map((charted) => `- [${charted.title}](${pageName(charted)})`);
  files.set(
    'README.md',
    `# State charts

Every actor, drawn from its machine in \`actors/\` by \`npm run charts\`; a test compares them with the machines.

${list.join('\n')}
`,
  );
  return files;
}

function pageName({ source }: Charted): string {
  return `${source.split('/').at(-1)}.md`;
}

function pageOf({ machine, source, title }: Charted): string {
  const { root } = machine;
  return [
    `# ${title}`,
    '',
    `Drawn from [actors/${source}/machine.ts](../../actors/${source}/machine.ts) by \`npm run charts\`.`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...insideOf(root, 1),
    ...nodesOf(root).flatMap(arrowsOf),
    '```',
    '',
    'Every event, with its condition, its actions, and the next state if it changes:',
    '',
    ...nodesOf(root).flatMap(linesOf),
  ].join('\n');
}

/** The node and all below it, in the order of the source. */
function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...childrenOf(node).flatMap(nodesOf)];
}

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states);
}

/** Declarations of the child states and of the initial state. */
function insideOf(node: AnyStateNode, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const isParallel = node.type === 'parallel';
  return childrenOf(node).flatMap((child, index) => {
    const isFirst = !isParallel && initialOf(node) === child;
    const lines = isFirst ? [`${indent}[*] --> ${idOf(child)}`] : [];
    lines.push(`${indent}state "${child.key}" as ${idOf(child)}`);
    if (childrenOf(child).length > 0) {
      lines.push(`${indent}state ${idOf(child)} {`, ...insideOf(child, depth + 1), `${indent}}`);
    }
    if (child.type === 'final') lines.push(`${indent}${idOf(child)} --> [*]`);
    // Mermaid divides composite states only; regions of the machine itself are drawn side by side.
    return isParallel && index > 0 && depth > 1 ? [`${indent}--`, ...lines] : lines;
  });
}

function initialOf(node: AnyStateNode): AnyStateNode | undefined {
  return node.type === 'compound' ? (node.initial.target?.[0] as AnyStateNode) : undefined;
}

/** Arrows out of a state: one for each target state, with the events that lead there. */
function arrowsOf(node: AnyStateNode): string[] {
  const found = new Map<AnyStateNode, Way[]>();
  for (const way of waysOf(node)) {
    if (way.target === undefined || node.parent === undefined) continue;
    found.set(way.target, [...(found.get(way.target) ?? []), way]);
  }
  return [...found].flatMap(([target, ways]) => {
    const events = new Set(ways.map(({ event }) => event));
    const [only] = ways;
    // With several transitions, only the list has their conditions.
    const guard =
      ways.length === 1 && only !== undefined && only.guard !== '' ? [`[${only.guard}]`] : [];
    const arrow = `  ${idOf(node)} --> ${idOf(target)} : `;
    const room = COLUMNS_MAX - arrow.length;
    // The events that do not fit on one arrow get another arrow.
    return wrapped([...events, ...guard].map(diagramText), '<br/>', room, room).map(
      (label) => `${arrow}${label.replace(/<br\/>$/, '')}`,
    );
  });
}

function linesOf(node: AnyStateNode): string[] {
  const entry = actionsOf(node.entry);
  const exit = actionsOf(node.exit);
  const lines = [
    ...(entry.length === 0 ? [] : itemOf('on entry', entry)),
    ...waysOf(node).flatMap(({ event, guard, actions, target }) => {
      const next = target === undefined ? '' : ` → **${nameOf(target)}**`;
      return itemOf(`${code(event)}${guard === '' ? '' : ` if ${guard}`}${next}`, actions);
    }),
    ...(exit.length === 0 ? [] : itemOf('on exit', exit)),
  ];
  return lines.length === 0 ? [] : [`## ${nameOf(node)}`, '', ...lines, ''];
}

/** An item of a list, its actions on as many lines as they need. */
function itemOf(what: string, actions: readonly string[]): string[] {
  const first = `- ${what}${actions.length === 0 ? '' : ': '}`;
  const room = COLUMNS_MAX - 2;
  const [start = '', ...rest] = wrapped(actions, ', ', room - first.length, room);
  return [`${first}${start}`.trimEnd(), ...rest.map((line) => `  ${line.trimEnd()}`)];
}

/** Joins words into lines of at most `first` characters for the first line and `others` for the rest. */
function wrapped(
  words: readonly string[],
  between: string,
  first: number,
  others: number,
): string[] {
  const lines = [''];
  for (const [index, word] of words.entries()) {
    const piece = index < words.length - 1 ? `${word}${between}` : word;
    const last = lines.at(-1) ?? '';
    const room = lines.length === 1 ? first : others;
    if (last.length + piece.length <= room) lines[lines.length - 1] = last + piece;
    else lines.push(piece);
  }
  return lines;
}

function waysOf(node: AnyStateNode): Way[] {
  const always = (node.always ?? []).map((transition) => ({ event: 'at once', transition }));
  const on = [...node.transitions.values()].flat().map((transition) => ({
    event: eventText(transition.eventType as string),
    transition,
  }));
  return [...always, ...on].map(({ event, transition }) => ({
    event,
    guard: guardText(transition.guard),
    actions: actionsOf(transition.actions),
    target: transition.target?.[0] as AnyStateNode | undefined,
  }));
}

/** `after 10000 ms` for the events that xstate makes of delays. */
function eventText(type: string): string {
  const delay = /^xstate\.after\.([^.]+)\./.exec(type)?.[1];
  if (delay !== undefined) return `after ${delay}${/^\d+$/.test(delay) ? ' ms' : ''}`;
  return type.replace(/^xstate\.done\.state\..*/, 'done');
}

function guardText(guard: unknown): string {
  if (guard === undefined) return '';
  if (typeof guard === 'string') return guard;
  if (typeof guard !== 'object' && typeof guard !== 'function') return 'a condition';
  const { type, params, guards, name } = guard as NamedGuard;
  const parts = guards?.map(guardText) ?? [];
  if (name === 'and' || name === 'or') return parts.join(` ${name} `);
  if (name === 'not') return `not ${parts.join()}`;
  return type === undefined ? 'a condition' : `${type}${paramsText(params)}`;
}

interface NamedGuard {
  readonly type?: string;
  readonly params?: unknown;
  readonly guards?: readonly unknown[];
  readonly name?: string;
}

/** Names of actions; those without a name are xstate's own (assign, emit, ...) or written in place. */
function actionsOf(actions: readonly unknown[]): string[] {
  return actions
    .map((action) => {
      if (typeof action === 'string') return action;
      const { type, params } = action as NamedGuard;
      // These start and cancel delays; the list has the delays themselves.
      if (type === 'xstate.raise' || type === 'xstate.cancel') return '';
      return `${type?.replace(/^xstate\./, '') ?? 'in place'}${paramsText(params)}`;
    })
    .filter((text, index, all) => text !== '' && all.indexOf(text) === index);
}

function paramsText(params: unknown): string {
  if (typeof params !== 'object' || params === null) return '';
  const values: unknown[] = Object.values(params);
  return values.every((value) => typeof value === 'string') ? ` (${values.join(', ')})` : '';
}

/** `recording.active`, without the machine's own name. */
function nameOf(node: AnyStateNode): string {
  return node.path.length === 0 ? 'in any state' : node.path.join('.');
}

function idOf(node: AnyStateNode): string {
  return node.path.length === 0 ? node.key : node.path.join('_');
}

/** The text without characters that Mermaid takes for syntax. */
function diagramText(text: string): string {
  return text.replaceAll(/[:;#]/g, ' ');
}

function code(event: string): string {
  return /^(after|at once|done|on )/.test(event) ? event : `\`${event}\``;
}
