/** Commands for the relay that a session's consumer sends to. */
import { DESTINATION_OPTIONS } from '../options/destination.ts';
import { command } from './declare.ts';
import { SESSION_OPTION } from './shared.ts';

export const ENABLE_CONSUMER = command({
  name: 'enable-consumer',
  source: 'R2.11, R3.7',
  summary: 'have the consumer of a session write, here or to a relay',
  description:
    'Connects the consumer of a session to a relay, or has it write into a directory (file://PATH), and waits ' +
    'until it does. Without a URL it enables the one that was given last. An enabled relay is frozen: another ' +
    'URL can be given after "lttng disable-consumer". Events that are recorded meanwhile wait in the buffers.',
  operands: [
    {
      syntax: '[url]',
      help: 'net://HOST[:CTRL-PORT[:DATA-PORT]][/SUBDIR], or file://PATH',
      suggests: [],
    },
  ],
  options: [SESSION_OPTION, ...DESTINATION_OPTIONS],
  examples: [
    ['lttng enable-consumer net://relay.example.com -s web', 'send to a relay from now on'],
    ['lttng disable-consumer -s web && lttng enable-consumer file:///tmp/web -s web', 'and back'],
  ],
});

export const DISABLE_CONSUMER = command({
  name: 'disable-consumer',
  source: 'R2.11, R3.7',
  summary: 'have the consumer of a session write no more',
  description:
    'The consumer of a session stores what it has taken, then writes no more, until "lttng enable-consumer". ' +
    'Events wait in the buffers; those that find no room are discarded and counted.',
  operands: [],
  options: [SESSION_OPTION],
});
