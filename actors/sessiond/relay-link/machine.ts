/**
 * Links the consumer of a session to a relay: makes the connections for control and data, and passes both to the
 * consumer (R3.3, R3.4). All or nothing: when a part fails, nothing is left, and the session learns one reason.
 *
 * ```
 *   connecting: resolving ▶ trying, control, then data ──▶ opening ▶ inviting ▶ passing ▶ changing ──▶ done
 *        └──────── a name without addresses, no address answers, a limit, a refusal ────────▶ failed
 * ```
 * Of datagrams only the address is found out and passed: the consumer needs no rights for a UDP socket of its own, and
 * there is no connection that could be passed (R3.10).
 *
 * A session starts a link for each attempt. The consumer and the relay agree on the protocol while the link is
 * `changing`; afterwards the consumer alone has the connections.
 */
import { setup } from 'xstate';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import type { OsError } from '../../../src/port/os-error.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import type { ChartOf } from '../../../src/runtime/chart.ts';
import { checkSteps } from '../../../src/runtime/invariants.ts';
import { tell } from '../../../src/runtime/tell.ts';
import {
  ADDRESS_CONNECT_MS_MAX,
  PASSAGE_REACH_MS_MAX,
  RELAY_AGREE_MS_MAX,
  RELAY_CONNECT_MS_MAX,
  RESOLVE_MS_MAX,
} from '../limits.ts';
import type { LinkFailure, RelayLinkInput, ToSession } from '../messages.ts';
import { failureOf } from '../reply.ts';
import {
  checkRelayLink,
  datagramAddress,
  hasDatagrams,
  initialContext,
  type RelayLinkContext,
  targetOf,
  unknownHost,
  unreachable,
  usable,
} from './context.ts';
import type { RelayLinkEvent } from './events.ts';

/** What a look-up has found; nothing, if there was none. */
function addressesIn(event: RelayLinkEvent): readonly string[] {
  return event.type === 'network.resolved' ? event.addresses : [];
}

const relayLinkSetup = setup({
  types: {
    context: {} as RelayLinkContext,
    input: {} as RelayLinkInput,
    events: {} as RelayLinkEvent,
    emitted: {} as Effect,
  },
  guards: {
    hasUsable: ({ context, event }) => usable(targetOf(context), addressesIn(event)).length > 0,
    hasNext: ({ context }) => context.addresses.length > 1,
    isControl: ({ context }) => context.stream === 'control',
    hasDatagramAddress: ({ context, event }) =>
      datagramAddress(context, addressesIn(event)) !== undefined,
    hasFailed: ({ event }) => event.type === 'link.changed' && event.failed !== undefined,
  },
  actions: {
    resolve: emit(({ context }) => ({
      type: 'network.resolve' as const,
      host: targetOf(context).host,
    })),
    keepAddresses: on('network.resolved', ({ context, event, enqueue }) =>
      enqueue.assign({ addresses: usable(targetOf(context), event.addresses), tried: [] }),
    ),
    connect: act(({ context, enqueue }) => {
      const [host = ''] = context.addresses;
      const { port } = targetOf(context);
      enqueue.emit({
        type: 'network.connect',
        connection: context.stream,
        address: { host, port },
      });
    }),
    noteTried: act(({ context, event, enqueue }) => {
      const [address, ...addresses] = context.addresses;
      // The limit of all may come during a look-up.
      if (address === undefined) return;
      const why = event.type === 'network.connectFailed' ? event.error.code : 'no answer';
      enqueue.assign({ addresses, tried: [...context.tried, `${address} (${why})`] });
    }),
    goOnWithData: act(({ context, enqueue }) => {
      const [reached] = context.addresses;
      enqueue.assign({ stream: 'data', reached, addresses: [], tried: [] });
    }),
    keepDatagramAddress: act(({ context, event, enqueue }) =>
      enqueue.assign({ datagramsTo: datagramAddress(context, addressesIn(event)) }),
    ),
    openPassage: emit(({ context: { passage, consumer } }) => ({
      type: 'network.openPassage' as const,
      path: passage,
      uid: consumer.uid,
    })),
    pass: emit(({ context }) => ({
      type: 'network.pass' as const,
      to: context.consumer,
      connections: hasDatagrams(context) ? ['control'] : ['control', 'data'],
    })),
    invite: act(({ context, enqueue }) => {
      const { link, session } = context;
      enqueue.assign({ isInvited: true });
      tell<ToSession>(enqueue, session, { type: 'link.inviting', link });
    }),
    sayPassed: act(({ context, enqueue }) => {
      const { link, session, datagramsTo } = context;
      const datagrams = datagramsTo === undefined ? {} : { datagramsTo };
      tell<ToSession>(enqueue, session, { type: 'link.passed', link, ...datagrams });
    }),
    failUnknown: act(({ context, event, enqueue }) => {
      const code = event.type === 'network.resolveFailed' ? event.error.code : 'slow';
      enqueue.assign({ failure: unknownHost(context, code) });
    }),
    failFamily: act(({ context, enqueue }) => {
      const { host } = targetOf(context);
      const failure = failureOf('HOST_UNKNOWN', `Host "${host}" has no address that can be used`);
      enqueue.assign({ failure });
    }),
    failUnreachable: act(({ context, enqueue }) =>
      enqueue.assign({ failure: unreachable(context) }),
    ),
    fail: act(({ enqueue }, { code, reason }: LinkFailure) =>
      enqueue.assign({ failure: failureOf(code, reason) }),
    ),
    release: emit({ type: 'network.release' as const }),
    saySettled: act(({ context, enqueue }) => {
      const { link, session, isInvited, failure } = context;
      tell<ToSession>(enqueue, session, {
        type: 'link.settled',
        link,
        isInvited,
        ...(failure === undefined ? {} : { failure }),
      });
    }),
  },
});

const consumerFailed = (reason: string) =>
  ({
    target: '#relay-link.failed',
    actions: { type: 'fail', params: { code: 'CONSUMER_FAILED', reason } },
  }) as const;

/** The passage cannot be opened, or does not take the connections. */
const passageFailed = {
  target: '#relay-link.failed',
  actions: {
    type: 'fail',
    params: ({ event }: { readonly event: { readonly error: OsError } }): LinkFailure => ({
      code: 'CONSUMER_FAILED',
      reason: `The connections to the relay cannot be passed to the consumer (${event.error.code})`,
    }),
  },
} as const;

/** What becomes of an address that does not take the connection. */
const addressFailed = [
  { guard: 'hasNext', target: 'trying', reenter: true, actions: 'noteTried' },
  { target: '#relay-link.failed', actions: ['noteTried', 'failUnreachable'] },
] as const;

const withDatagrams = {
  guard: 'hasDatagramAddress',
  target: '#relay-link.opening',
  actions: 'keepDatagramAddress',
} as const;

const chart = {
  id: 'relay-link',
  initial: 'connecting',
  // Outcomes of attempts that are over.
  on: {
    'network.resolved': {},
    'network.resolveFailed': {},
    'network.connected': {},
    'network.connectFailed': {},
    'link.reached': {},
    'link.changed': {},
    'link.abort': '.aborted',
  },
  states: {
    connecting: {
      initial: 'resolving',
      after: {
        [RELAY_CONNECT_MS_MAX]: {
          target: 'failed',
          actions: ['noteTried', 'failUnreachable'],
        },
      },
      states: {
        resolving: {
          entry: 'resolve',
          after: { [RESOLVE_MS_MAX]: { target: '#relay-link.failed', actions: 'failUnknown' } },
          on: {
            'network.resolved': [
              withDatagrams,
              { guard: 'hasUsable', target: 'trying', actions: 'keepAddresses' },
              { target: '#relay-link.failed', actions: 'failFamily' },
            ],
            'network.resolveFailed': { target: '#relay-link.failed', actions: 'failUnknown' },
          },
        },
        trying: {
          entry: 'connect',
          after: { [ADDRESS_CONNECT_MS_MAX]: addressFailed },
          on: {
            'network.connectFailed': addressFailed,
            'network.connected': [
              { guard: 'isControl', target: 'goingOn', actions: 'goOnWithData' },
              { target: '#relay-link.opening' },
            ],
          },
        },
        goingOn: { always: [withDatagrams, { target: 'resolving' }] },
      },
    },
    opening: {
      entry: 'openPassage',
      on: {
        'network.passageOpened': 'inviting',
        'network.passageFailed': passageFailed,
      },
    },
    inviting: {
      entry: 'invite',
      after: {
        [PASSAGE_REACH_MS_MAX]: consumerFailed(
          `The consumer did not come for the connections to the relay within ${PASSAGE_REACH_MS_MAX / 1000} s`,
        ),
      },
      on: { 'link.reached': 'passing' },
    },
    passing: {
      entry: 'pass',
      on: {
        'network.passed': 'changing',
        'network.passFailed': passageFailed,
      },
    },
    changing: {
      entry: 'sayPassed',
      after: {
        [RELAY_AGREE_MS_MAX]: consumerFailed(
          `The consumer and the relay did not agree within ${RELAY_AGREE_MS_MAX / 1000} s`,
        ),
      },
      on: {
        'link.changed': [
          {
            guard: 'hasFailed',
            target: 'failed',
            actions: {
              type: 'fail',
              params: ({ event }) => ({
                code: 'RELAY_FAILED',
                reason: `The relay cannot be used: ${event.failed?.reason} (${event.failed?.code})`,
              }),
            },
          },
          'done',
        ],
      },
    },
    done: { type: 'final', entry: ['release', 'saySettled'] },
    failed: { type: 'final', entry: ['release', 'saySettled'] },
    aborted: { type: 'final', entry: 'release' },
  },
} satisfies ChartOf<typeof relayLinkSetup>;

export const relayLinkMachine = relayLinkSetup.createMachine({
  ...chart,
  context: ({ input }) => initialContext(input),
});
checkSteps(relayLinkMachine, checkRelayLink);
