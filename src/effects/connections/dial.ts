/** Connects to a host by its name: tries its addresses in their order, each for a limited time. */
import { isIpv6 } from '../../base/host.ts';
import { fail } from '../../base/result.ts';
import type { Pending, TcpAddress, TcpConnection } from '../../port/network.ts';
import type { OsResult } from '../../port/os-error.ts';
import type { World } from '../../port/world.ts';
import type { RelayAddress } from '../contract/viewer.ts';

/** How long the resolver and each address may take, and how many addresses are tried. */
export const DIAL_MS_MAX = 5000;
export const DIALLED_ADDRESSES_MAX = 16;

type Dialling = Pick<World, 'clock' | 'network'>;

/** The outcome comes later, once; the error is that of the last address. */
export function dial(
  world: Dialling,
  { host, port, isIpv6Only }: RelayAddress,
  onOutcome: (outcome: OsResult<TcpConnection>) => void,
): Pending {
  let pending: Pending | undefined;
  const none = { code: 'ENOTFOUND', call: 'network.resolve', subject: host } as const;
  const tryNext = (addresses: readonly string[], last: OsResult<TcpConnection>): void => {
    const [address, ...others] = addresses;
    if (address === undefined) return onOutcome(last);
    pending = limited(world, { host: address, port }, connecting, (outcome) => {
      if (outcome.ok) onOutcome(outcome);
      else tryNext(others, outcome);
    });
  };
  pending = limited(world, { host, port }, resolving, (resolved) => {
    if (!resolved.ok) return onOutcome(resolved);
    const usable = isIpv6Only ? resolved.value.filter(isIpv6) : resolved.value;
    tryNext(usable.slice(0, DIALLED_ADDRESSES_MAX), fail(none));
  });
  return { cancel: () => pending?.cancel() };
}

type Begin<T> = (
  network: Dialling['network'],
  to: TcpAddress,
  onOutcome: (outcome: OsResult<T>) => void,
) => Pending;

const resolving: Begin<readonly string[]> = (network, { host }, onOutcome) =>
  network.resolve(host, onOutcome);
const connecting: Begin<TcpConnection> = (network, to, onOutcome) => network.connect(to, onOutcome);

/** The outcome of what begins here, or ETIMEDOUT. */
function limited<T>(
  { clock, network }: Dialling,
  to: TcpAddress,
  begin: Begin<T>,
  onOutcome: (outcome: OsResult<T>) => void,
): Pending {
  const pending = begin(network, to, (outcome) => {
    timer.cancel();
    onOutcome(outcome);
  });
  const timer = clock.setTimer(DIAL_MS_MAX, () => {
    pending.cancel();
    onOutcome(
      fail({ code: 'ETIMEDOUT', call: 'network.connect', subject: `${to.host} ${to.port}` }),
    );
  });
  return {
    cancel: () => {
      timer.cancel();
      pending.cancel();
    },
  };
}
