/** A path for datagrams over the loopback that loses some, sends some twice, and lets others overtake some. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** How long an overtaken datagram waits. */
const OVERTAKEN_MS = 5;

interface Fates {
  /** Of 100 datagrams. */
  readonly lost: number;
  readonly twice: number;
  readonly overtaken: number;
}

export interface LossyPath {
  readonly port: number;
  readonly lost: number;
  /** From now on every datagram is lost. */
  block(): void;
}

/** Passes datagrams on to a port; returns its own. Ends with the test. */
export async function openLossyPath(to: number, fates: Fates): Promise<LossyPath> {
  const [inward, outward] = [createSocket('udp4'), createSocket('udp4')];
  inward.bind(0, '127.0.0.1');
  await once(inward, 'listening');
  onTestFinished(() => {
    inward.close();
    outward.close();
  });
  let [count, lost] = [0, 0];
  let isBlocked = false;
  const happens = (percent: number, salt: number): boolean =>
    ((count * 7919 + salt * 104_729) % 10_007) % 100 < percent;
  const pass = (bytes: Uint8Array): void => outward.send(bytes, to, '127.0.0.1');
  inward.on('message', (bytes) => {
    count += 1;
    if (isBlocked || happens(fates.lost, 1)) {
      lost += 1;
      return;
    }
    if (happens(fates.twice, 2)) pass(bytes);
    if (happens(fates.overtaken, 3)) setTimeout(() => pass(bytes), OVERTAKEN_MS).unref();
    else pass(bytes);
  });
  return {
    port: inward.address().port,
    get lost() {
      return lost;
    },
    block: () => {
      isBlocked = true;
    },
  };
}
