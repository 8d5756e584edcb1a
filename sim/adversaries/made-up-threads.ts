/** A process that registers threads that it does not have, as applications register theirs. */
import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { GLOBAL, passSocket } from './conversation.ts';
import { hear, say } from './dialogue.ts';

/** Thread ids far from those of the simulated machine. */
const FIRST_TID = 100_000;
const PAUSE_MS = 1;

/** Registers one thread after the other. */
export function registerMadeUp(world: World, threads: number, account: AdversaryAccount): void {
  let next = 0;
  const register = (): void => {
    const tid = FIRST_TID + next++;
    world.unix.connect(`${GLOBAL.directory}/apps.sock`, {}, (outcome) => {
      const passed = outcome.ok ? passSocket(world, GLOBAL) : undefined;
      if (!outcome.ok || passed?.ok !== true) return;
      hear(outcome.value, account);
      hear(passed.value.own, account);
      const { token } = passed.value;
      say(outcome.value, { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 });
      say(outcome.value, { type: 'register', token, processName: 'crowd', tid });
    });
    if (next < threads) world.clock.setTimer(PAUSE_MS, register);
  };
  register();
}
