/**
 * A user who follows a live session with the product's viewer, from its beginning or from now. When there is no session
 * yet, or the relay is lost, the viewer is started again, until its user gives up.
 */
import type { LiveOutcome } from '../../actors/live-view/context.ts';
import { startLiveView } from '../../actors/programs/live-view.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { type EventMessage, nanosecondsOf } from '../../src/ctf/read/message.ts';
import { plainStruct } from '../../src/ctf/read/plain.ts';
import type { World } from '../../src/port/world.ts';
import { RELAY_PORTS, type ViewSettings } from '../input/relay.ts';
import type { RunContext } from '../ledger/run-context.ts';
import type { ShownEvent, ViewAccount } from '../ledger/view-accounts.ts';

/** Between the end of a viewer and its next start. */
const AGAIN_MS = 25;

export function runViewer(context: RunContext, world: World, settings: ViewSettings): void {
  const { relay, session, seek, untilMs } = settings;
  const start = (): void => {
    const account: ViewAccount = {
      who: context.whoHas(world.identity.pid),
      settings,
      startedAt: context.now(),
      shown: [],
      problems: [],
    };
    context.ledger.views.push(account);
    startLiveView(world, {
      relay: { host: relay, port: RELAY_PORTS.live, isIpv6Only: false },
      target: { host: '*', session, seek },
      output: {
        relay: `net://${relay}`,
        format: 'json',
        color: false,
        filter: (event) => {
          account.shown.push(shown(event, context.now()));
          return true;
        },
        onProblem: (sentence) => void account.problems.push(sentence),
        write: () => true,
      },
      onDone: (outcome) => end(account, outcome),
      inspect: context.inspect?.(world.identity.pid),
    });
  };
  const end = (account: ViewAccount, { summary, failure }: LiveOutcome): void => {
    account.endedAt = context.now();
    if (summary !== undefined) account.summary = summary;
    if (failure !== undefined) account.failure = failure.code;
    if (failure === undefined || account.endedAt > untilMs * NS_PER_MS) return;
    world.clock.setTimer(AGAIN_MS, start);
  };
  start();
}

function shown(event: EventMessage, at: number): ShownEvent {
  const { shape, streamFile: stream, time, fields } = event;
  const { counter, text } = plainStruct(shape.fieldsType, fields);
  const { vpid } = shape.source.environment;
  return {
    at,
    stream,
    pid: Number(vpid),
    name: shape.name,
    counter: typeof counter === 'number' ? counter : -1,
    text: typeof text === 'string' ? text : '',
    epochNs: nanosecondsOf(time),
  };
}
