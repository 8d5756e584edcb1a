/** Mutants of relays, and of what streams to them. */
import { mutantsOf } from './mutant.ts';

export const RELAYS = [
  ...mutantsOf('src/recorder/relay-output', [
    [
      'all that is in flight counts as stored when a part of it is',
      'R3.5',
      ['.filter((each) => each.last <= last).length', '.length'],
    ],
    [
      'what is pending at a relay counts as stored',
      'R3.5',
      ['if (code === DATA_PENDING)', 'if (code < 0)'],
    ],
  ]),
  ...mutantsOf('src/recorder/stream-recorder', [
    [
      'a packet that a relay has only taken is released',
      'R3.5',
      [
        "this.#reader.done(packet, recorded.value === 'stored');",
        'this.#reader.done(packet, true);',
      ],
    ],
    [
      'a stream of a live session does not say that it rests',
      'live viewing',
      ['if (output.rest?.(until) === true)', 'if (false)'],
    ],
    [
      'a stream rests until a time that is to come',
      'live viewing',
      ['now - REST_LAG_NS', 'now + 50n * REST_LAG_NS'],
    ],
  ]),
  ...mutantsOf('src/relay/live-memory', [
    [
      'a live session in the memory of a relay has no bound',
      'live viewing',
      ['while (this.#byteLength + byteLength > memory.streamBytesMax)', 'while (false)'],
    ],
  ]),
  ...mutantsOf('src/relay/memory-tracefile', [
    [
      'a packet in memory has the content of the one after it',
      'live viewing',
      [
        'const [from, to] = [Number(offset), Number(offset) + byteLength];',
        'const [from, to] = [Number(offset) + 8, Number(offset) + 8 + byteLength];',
      ],
    ],
  ]),
  ...mutantsOf('src/relay/viewed-stream', [
    [
      'the memory of a relay keeps what a viewer has read when that has left',
      'live viewing',
      ['this.stream.log.release();', ''],
    ],
    [
      'a viewer from the beginning begins with what is there',
      'live viewing',
      ["seek === 'beginning' ? stream.log.begin : stream.log.end", 'stream.log.end'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/session/channels', [
    [
      'the channels of a live session are written when they like',
      'live viewing',
      ['periods.length === 0 ? 0 : Math.min(...periods)', 'askedUs'],
    ],
  ]),
  ...mutantsOf('src/view/live/follower', [
    [
      'a viewer reads the metadata of one trace at a time',
      'R3.6',
      [
        'for (const trace of new Set(asked.map((stream) => stream.trace)))',
        'for (const trace of [])',
      ],
    ],
  ]),
  ...mutantsOf('src/relay/answer', [
    [
      'a relay has what has not arrived',
      'R3.5',
      ['found.value ? DATA_PENDING : NO_DATA_PENDING', 'NO_DATA_PENDING'],
    ],
  ]),
  ...mutantsOf('src/wire/lttng/command-frames', [
    [
      'a message from the network may have any length',
      'R3.5',
      ['if (length > payloadBytesMax) {', 'if (false) {'],
    ],
  ]),
  ...mutantsOf('actors/relayd/limits', [
    [
      'a peer of a relay may begin its first message for ever',
      'R3.5',
      ['NEGOTIATION_MS_MAX = 10_000', 'NEGOTIATION_MS_MAX = 1_000_000'],
    ],
  ]),
];
