/**
 * What each folder of the product may import, as data. The row with the longest prefix of a path is its row. A row
 * lists the rows that it may import beside itself; `src`, `actors` and `sim` stand for all of theirs. A file without a
 * row fails. `docs/architecture.md` draws this table.
 */
import { posix } from 'node:path';
import type { Check } from './checks.ts';
import { relativeImports } from './relative-imports.ts';

/** What a state machine sees: values, messages, and effects as data. */
const MACHINE = [
  'src/base',
  'src/port',
  'src/ring',
  'src/wire',
  'src/effects/contract',
  'src/runtime',
];
/** The simulated computer, which imports nothing of the product above the port. */
const COMPUTER = [
  'sim/machine',
  'sim/machine/core',
  'sim/machine/process',
  'sim/machine/fs',
  'sim/machine/ipc',
  'sim/machine/net',
  'sim/machine/tracefs',
];
/** The rows that every part of a simulated run imports. */
const RUN = ['src', 'actors', ...COMPUTER, 'sim/input', 'sim/ledger'];

export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/event': ['src/base'],
  'src/filter': ['src/base', 'src/event'],
  'src/port': ['src/base'],
  'src/ring': ['src/base', 'src/event', 'src/port'],
  'src/kernel': ['src/base', 'src/event', 'src/port', 'src/ring'],
  'src/ctf': ['src/base', 'src/event'],
  'src/ctf/read': ['src/base', 'src/event', 'src/port', 'src/ctf'],
  'src/os': ['src/base', 'src/port'],
  'src/view': ['src/base', 'src/event', 'src/port', 'src/ctf', 'src/ctf/read'],
  'src/view/live': ['src/base', 'src/port', 'src/ctf', 'src/ctf/read', 'src/view', 'src/wire'],
  'src/wire': ['src/base', 'src/event', 'src/port', 'src/ring', 'src/filter'],
  'src/kept': ['src/base', 'src/event', 'src/port', 'src/wire'],
  'src/tracer': ['src/base', 'src/event', 'src/port', 'src/ring', 'src/filter'],
  'src/recorder': [
    'src/base',
    'src/event',
    'src/port',
    'src/ring',
    'src/kernel',
    'src/ctf',
    'src/ctf/read',
    'src/wire',
  ],
  'src/relay': ['src/base', 'src/port', 'src/wire', 'src/recorder'],
  'src/effects/contract': ['src/port', 'src/ring', 'src/wire'],
  'src/effects': [
    'src/base',
    'src/port',
    'src/ring',
    'src/kernel',
    'src/ctf',
    'src/view',
    'src/view/live',
    'src/wire',
    'src/tracer',
    'src/recorder',
    'src/relay',
    'src/effects/contract',
  ],
  'src/runtime': ['src/base', 'src/port', 'src/effects/contract'],
  'actors/shared': MACHINE,
  'actors/library': MACHINE,
  'actors/sessiond': MACHINE,
  'actors/sessiond/session': [...MACHINE, 'actors/sessiond'],
  'actors/sessiond/app-link': [...MACHINE, 'actors/sessiond'],
  'actors/sessiond/client-link': [...MACHINE, 'actors/sessiond'],
  'actors/sessiond/relay-link': [...MACHINE, 'actors/sessiond'],
  'actors/sessiond/kernel-link': [...MACHINE, 'actors/sessiond'],
  'actors/sessiond/registry': [
    ...MACHINE,
    'actors/sessiond',
    'actors/sessiond/session',
    'actors/sessiond/app-link',
    'actors/sessiond/client-link',
  ],
  'actors/client/plans': ['src/base', 'src/port', 'src/wire', 'src/kept'],
  'actors/client/courses': ['src/base', 'src/port', 'src/wire', 'src/kept', 'actors/client/plans'],
  'actors/client': [...MACHINE, 'actors/shared', 'actors/client/plans'],
  'actors/live-view': MACHINE,
  'actors/consumerd': [...MACHINE, 'actors/shared'],
  'actors/relayd': MACHINE,
  'actors/relayd/control-link': [...MACHINE, 'actors/relayd'],
  'actors/relayd/data-link': [...MACHINE, 'actors/relayd'],
  'actors/relayd/relay': [...MACHINE, 'actors/relayd'],
  'actors/relayd/viewer': [...MACHINE, 'actors/relayd'],
  'actors/supervisor': [...MACHINE, 'actors/shared', 'actors/client/plans'],
  'actors/programs': ['src', 'actors'],
  'actors/programs/live-view.ts': ['src', 'actors'],
  'sim/machine/core': ['src/base', 'src/port'],
  'sim/machine/process': ['src/base', 'src/port', 'sim/machine/core'],
  'sim/machine/fs': ['src/base', 'src/port', 'sim/machine/core', 'sim/machine/process'],
  'sim/machine/ipc': [
    'src/base',
    'src/port',
    'sim/machine/core',
    'sim/machine/process',
    'sim/machine/fs',
  ],
  'sim/machine/net': [
    'src/base',
    'src/port',
    'sim/machine/core',
    'sim/machine/process',
    'sim/machine/fs',
    'sim/machine/ipc',
    'sim/machine/tracefs',
  ],
  'sim/machine/tracefs': ['src/base', 'src/port', 'sim/machine/core', 'sim/machine/process'],
  'sim/machine': ['src/base', 'src/port', ...COMPUTER],
  'sim/datagrams': ['src', 'actors', ...COMPUTER],
  'sim/ring': ['src/base', 'src/event', 'src/port', 'src/ring', 'sim/machine/core'],
  'sim/input': ['src', 'actors/client/plans', ...COMPUTER],
  'sim/scenarios': ['src', 'actors', ...COMPUTER, 'sim/input'],
  'sim/ledger': ['src', 'actors/client/plans', ...COMPUTER, 'sim/input'],
  'sim/adversaries': ['src', 'sim/input', 'sim/ledger'],
  'sim/oracles': RUN,
  'sim/programs': [...RUN, 'sim/adversaries'],
  'sim/faults': [...RUN, 'sim/oracles', 'sim/ring'],
  'sim/timeline': [...RUN, 'sim/oracles', 'sim/faults'],
  'sim/bugs': [...RUN, 'sim/oracles', 'sim/programs'],
  'sim/run': [
    ...RUN,
    'sim/oracles',
    'sim/programs',
    'sim/faults',
    'sim/timeline',
    'sim/bugs',
    'sim/scenarios',
  ],
  'sim/library.ts': ['src/port', ...COMPUTER],
  'bin/bundle': ['src', 'bin/terminal'],
  // The interface of the control library.
  'bin/control/api': ['src', 'actors/client/plans'],
  'bin/control': ['src', 'actors', 'bin/control/api'],
  'bin/terminal': ['src'],
  'bin/daemon': ['src', 'actors/programs', 'bin/control', 'bin/terminal'],
  'bin/library': ['src', 'actors/programs', 'bin/bundle'],
  'bin/lttng': ['src', 'actors', 'bin/control', 'bin/control/api', 'bin/terminal'],
  // What a command does to sessions, it does by the control library.
  'bin/lttng/commands': [
    'src',
    'actors/live-view',
    'actors/programs/live-view.ts',
    'bin/control/api',
    'bin/lttng',
    'bin/terminal',
  ],
  'bin/simulator': ['src', 'actors', 'sim', 'bin/terminal'],
  // Entry points.
  bin: [
    'src',
    'actors',
    'sim',
    'bin/bundle',
    'bin/control',
    'bin/control/api',
    'bin/daemon',
    'bin/library',
    'bin/lttng',
    'bin/lttng/commands',
    'bin/simulator',
    'bin/terminal',
  ],
};

/** Every import of the product leads into the same row or into one that the row names. */
export const importOrder: Check = ({ path, text }) => {
  if (!/^(?:src|actors|sim|bin)\/.*\.c?ts$/.test(path)) return [];
  const row = rowOf(path);
  if (row === undefined) return ['lies in a folder that has no row in test/tidy/layers.ts'];
  const allowed = MAY_IMPORT[row] ?? [];
  return relativeImports(text)
    .map((specifier) => posix.join(posix.dirname(path), specifier))
    .filter((target) => {
      const there = rowOf(target) ?? target;
      return there !== row && !allowed.includes(there) && !allowed.includes(rootOf(target));
    })
    .map((target) => `imports ${target}, which ${row} may not`);
};

function rootOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function rowOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((folder) => isUnder(path, folder))
    .toSorted((one, other) => other.length - one.length)[0];
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
