/** Programs that conformance scripts spawn; they use only the World. */
import type { World } from '../../src/port/world.ts';

const CAUGHT_CODE = 9;

/**
 * Connects to args[0] when it is ready, writes the names of the caught signals there, and ends with CAUGHT_CODE after a
 * SIGTERM. It does not catch SIGHUP, and undoes a handler that it had for it and for SIGINT.
 */
export function catcher({ processes, unix }: World, [path = '']: readonly string[]): void {
  unix.connect(path, {}, (outcome) => {
    if (!outcome.ok) return processes.exit(1);
    const connection = outcome.value;
    const undo = processes.onSignal(['SIGINT', 'SIGHUP'], () => processes.exit(1));
    processes.onSignal(['SIGINT', 'SIGTERM'], (name) => {
      connection.send(Uint8Array.from(`${name} `, (character) => character.charCodeAt(0)));
      if (name === 'SIGTERM') connection.close();
    });
    undo();
    undo();
    connection.start({ onData: () => {}, onClose: () => processes.exit(CAUGHT_CODE) });
    connection.send(Uint8Array.of(33, 32));
  });
}
