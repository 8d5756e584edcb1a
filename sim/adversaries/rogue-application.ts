/** A hostile process that registers as an application, gets streams, and then breaks the protocol or its streams. */

import type { WritableSegment } from '../../src/port/shared-memory.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import {
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  DESCRIPTOR_LAST_TIMESTAMP,
  DESCRIPTOR_TALLIES,
  descriptorOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
} from '../../src/ring/layout.ts';
import type { StateMessage, StreamGrant } from '../../src/wire/app/messages.ts';
import type { Misbehaviour } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';

const U32_MAX = 2 ** 32 - 1;

/**
 * Follows the states that the registry sends on `own`, and corrupts every granted stream, until the returned function
 * is called.
 */
export function misbehave(
  world: World,
  own: Connection,
  misbehaviour: Misbehaviour,
  account: AdversaryAccount,
  onClose: () => void,
): () => void {
  const held = new Map<number, () => void>();
  const hold = (grant: StreamGrant): void => {
    account.granted.push(grant.dataSegment.key);
    const data = world.memory.attachWritable(grant.dataSegment);
    const position = world.memory.attachReadable(grant.positionSegment);
    held.set(grant.dataSegment.id, () => {
      if (data.ok) data.value.detach();
      if (position.ok) position.value.detach();
    });
    if (data.ok) corrupt(data.value, grant, misbehaviour);
    if (misbehaviour === 'removed') {
      held.get(grant.dataSegment.id)?.();
      world.memory.remove(grant.dataSegment);
    }
    const wake = world.pipes.openWriter(grant.wakePath);
    if (!wake.ok) return;
    wake.value.write(Uint8Array.of(1));
    wake.value.close();
  };
  hear(own, account, {
    onClose,
    onMessage: (message) => {
      if (message.type !== 'state') return;
      const { sessions, revision } = message as StateMessage;
      const grants = sessions.flatMap(({ channels }) => channels.map(({ stream }) => stream));
      for (const grant of grants) if (!held.has(grant.dataSegment.id)) hold(grant);
      for (const [id, detach] of held) {
        if (grants.some(({ dataSegment }) => dataSegment.id === id)) continue;
        detach();
        held.delete(id);
      }
      if (misbehaviour !== 'deaf') say(own, { type: 'applied', revision });
    },
  });
  return () => {
    for (const detach of held.values()) detach();
    own.close();
  };
}

function corrupt(
  { buffer }: WritableSegment,
  { shape }: StreamGrant,
  misbehaviour: Misbehaviour,
): void {
  const view = new DataView(buffer);
  const line = descriptorOffset(0);
  const open = (count: number): void => view.setUint32(OFFSET_OPENED, count, true);
  switch (misbehaviour) {
    case 'deaf':
    case 'reborn':
    case 'removed':
      return;
    case 'class-log':
      view.setUint32(OFFSET_CLASS_LOG_COMMITTED, U32_MAX - 3, true);
      view.setUint32(line + DESCRIPTOR_COMMITTED, 8, true);
      return open(2);
    case 'opened':
      return open(shape.subbufferCount + 1);
    case 'tallies':
      view.setUint32(line + DESCRIPTOR_COMMITTED, U32_MAX, true);
      view.setUint32(line + DESCRIPTOR_TALLIES, U32_MAX, true);
      view.setFloat64(line + DESCRIPTOR_DISCARDED_AT_CLOSE, Number.NaN, true);
      view.setFloat64(OFFSET_DISCARDED, -1e300, true);
      return open(2);
    case 'timestamps':
      view.setUint32(line + DESCRIPTOR_COMMITTED, 8, true);
      view.setBigUint64(line + DESCRIPTOR_LAST_TIMESTAMP, 2n ** 64n - 1n, true);
      return open(2);
  }
}
