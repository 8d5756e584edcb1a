/**
 * `lttng-ts/control`: everything that the command line does with sessions, for programs (R1.28). It installs no signal
 * handler, prints nothing, and after `close` keeps no process alive.
 *
 * ```ts
 * import { connect } from 'lttng-ts/control';
 *
 * const control = await connect();
 * const { output } = await control.create('web');
 * await control.addEvent('web', 'shop:*');
 * await control.start('web');
 * // …
 * await control.stop('web');
 * await control.destroy('web');
 * await control.close();
 * ```
 */

import { fileURLToPath } from 'node:url';
import { createRealWorld } from '../src/os/world.ts';
import { DEFAULT_GROUP } from '../src/wire/endpoints.ts';
import type { Control } from './control/api/control.ts';
import { atHome } from './control/at-home.ts';
import { createControl } from './control/control.ts';
import { RegistryClient } from './control/registry-client.ts';

export type * from './control/api/control.ts';
export * from './control/api/control-error.ts';
export * from './control/api/current.ts';
export type * from './control/api/options.ts';
export type * from './control/api/results.ts';
export type * from './control/api/session.ts';

export interface ConnectOptions {
  /** The directory that holds this user's registry and traces; `$LTTNG_HOME` or `$HOME` when left out. */
  readonly home?: string;
  /** The registry program that may be started; that of this package when left out. */
  readonly sessiondPath?: string;
  /** Whether a registry may be started when none answers; true when left out. */
  readonly mayStart?: boolean;
}

/**
 * Finds the registry that serves this user, as `lttng` does: the global one, then the user's own, which is started if
 * it does not answer. Rejects with a `ControlError` when there is none.
 */
export async function connect(options: ConnectOptions = {}): Promise<Control> {
  const { home, sessiondPath = 'lttng-ts:lttng-sessiond', mayStart = true } = options;
  const world = createRealWorld({ log: () => undefined });
  const args = ['--group', DEFAULT_GROUP, '--log-file'];
  const client = new RegistryClient(home === undefined ? world : atHome(world, home), {
    sessiond: mayStart ? { program: sessiondPath, args } : undefined,
    catchesSignals: false,
  });
  const control = createControl(client, fileURLToPath(new URL('./register.cjs', import.meta.url)));
  // Finds the registry, or starts it.
  await control.overview();
  return control;
}
