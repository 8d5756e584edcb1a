/** A process of the user that listens at the path of that user's registry, and lets applications wait. */

import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';

/** Accepts applications and lets them wait, until the returned function is called. */
export function listenSilently(
  world: World,
  { directory, words }: { readonly directory: string; readonly words: 0 | 1 },
  account: AdversaryAccount,
  now: () => number,
): () => void {
  world.files.makeDirectory(directory, 0o700);
  const listening = world.unix.listen(`${directory}/apps.sock`, { mode: 0o600 }, (connection) => {
    account.connectedAt ??= now();
    const onClose = (): void => {
      account.endedAt ??= now();
    };
    hear(connection, account, { onClose });
    if (words > 0) say(connection, { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 });
  });
  return () => {
    if (listening.ok) listening.value.close();
  };
}
