/** Mutants of the way of packets through relays that forward. */
import { mutantsOf } from './mutant.ts';

export const HOPS = [
  ...mutantsOf('src/effects/connections/tunnel', [
    [
      'a relay on the way reads from a fast sender without end',
      'bounds',
      ['this.#from.pause();', ''],
    ],
    [
      'a relay on the way does not read on',
      'R3.8',
      ['this.#look = undefined;\n                this.#from.resume();', ''],
    ],
    ['a relay on the way loses what comes back', 'R3.8', ['this.#toNear.push(bytes);', '']],
    [
      'a sender does not learn that the relay behind others is gone',
      'R3.8',
      [
        'if (this.#onClosed === undefined)\n            end(this.#near, reason);',
        'if (this.#onClosed === undefined) ;',
      ],
    ],
    [
      'the relay behind others does not learn that the sender is gone',
      'R3.8',
      ['this.#onClosed = onClosed;\n        end(this.#far, reason);', 'this.#onClosed = onClosed;'],
    ],
  ]),
  ...mutantsOf('src/relay/forwarding', [
    ['a relay forwards to anybody', 'R3.8', ['if (!isForwardedTo(this.#to, next))', 'if (false)']],
    ['a way passes a relay twice', 'R3.8', ['passed.includes(this.relay)', 'false']],
    [
      'a relay forwards any number of connections',
      'bounds',
      ['if (!this.#tunnels.take())', 'if (false)'],
    ],
  ]),
  ...mutantsOf('src/recorder/relay-way', [
    [
      'only control goes through other relays',
      'R3.8',
      ['if (next === undefined)\n        return onLast(passed);', 'return onLast(passed);'],
    ],
  ]),
];
