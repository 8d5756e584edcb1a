/** Programs that conformance scripts spawn, written for the World that they run on. */
import type { World } from '../../src/port/world.ts';

const CAUGHT_CODE = 9;

/**
 * Connects to args[0] once it is ready, writes there which signals it caught, and ends with CAUGHT_CODE after a
 * SIGTERM. SIGHUP is not caught.
 */
export function catcher({ processes, unix }: World, [path = '']: readonly string[]): void {
  unix.connect(path, {}, (outcome) => {
    if (!outcome.ok) return processes.exit(1);
    const connection = outcome.value;
    processes.onSignal(['SIGINT', 'SIGTERM'], (name) => {
      connection.send(Uint8Array.from(`${name} `, (character) => character.charCodeAt(0)));
      if (name === 'SIGTERM') connection.close();
    });
    connection.start({ onData: () => {}, onClose: () => processes.exit(CAUGHT_CODE) });
    connection.send(Uint8Array.of(33, 32));
  });
}
