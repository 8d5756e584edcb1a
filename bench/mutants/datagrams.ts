/** Mutants of packets as datagrams: the consumer's side and the relay's. */
import { mutantsOf } from './mutant.ts';

export const DATAGRAMS = [
  ...mutantsOf('src/recorder/datagram-path', [
    ['a lost part is not sent again', 'R3.10', ['this.#lost.push(...lost);', '']],
    [
      'a datagram that others overtake is lost for good',
      'R3.10',
      [
        'if (ns - sentNs <= (isSilent ? timeoutNs : overtakenNs))',
        'if (!isSilent) this.#takeBack(number); if (!isSilent || ns - sentNs <= timeoutNs)',
      ],
    ],
    [
      'datagrams that do not come are awaited for ever',
      'R3.10',
      ['if (this.#silentNs >= GIVE_UP_MS * NS_PER_MS)', 'if (false)'],
    ],
    [
      'the window of datagrams is not kept',
      'congestion',
      ['const hasRoom = this.#bytesInFlight < this.#window.bytes;', 'const hasRoom = true;'],
    ],
    [
      'a packet is settled before those in front of it',
      'R3.10',
      ['const first = packets.findIndex(({ missing }) => missing > 0);', 'const first = -1;'],
    ],
    [
      'packets are given up although datagrams arrive',
      'R3.10',
      ['if (this.#silentNs >= GIVE_UP_MS * NS_PER_MS)', 'if (this.#silentNs > 0)'],
    ],
    [
      'a link over UDP needs no datagram to arrive',
      'R3.3',
      ['if (arrived.length > 0)', 'if (true)'],
    ],
    [
      'a link over UDP needs the first datagram to arrive',
      'R3.3',
      ['if (this.#now() - sinceNs >= GIVE_UP_MS * NS_PER_MS)', 'if (true)'],
    ],
  ]),
  ...mutantsOf('src/recorder/relay-output', [
    [
      'events in packets that were given up are not counted',
      'R3.10',
      ['this.#lostEvents += events;', ';'],
    ],
    [
      'packets behind those that were given up count less than they do',
      'R3.10',
      ['const isChanged = this.#lostEvents > 0;', 'const isChanged = false;'],
    ],
  ]),
  ...mutantsOf('src/recorder/relay-link', [
    ['a lost link keeps its socket for datagrams', 'R3.3', ['this.#path.drop();', '']],
  ]),
  ...mutantsOf('actors/sessiond/relay-link/context', [
    [
      'datagrams go to any address of the host',
      'R3.9',
      [
        'addresses.find((each) => isIpv6(each) === isIpv6(reached)) ?? addresses[0]',
        'addresses[0]',
      ],
    ],
    [
      'datagrams do not go where control is',
      'R3.9',
      ['data.host === control.host ? [reached, ...found] : found', 'found'],
    ],
  ]),
  ...mutantsOf('actors/sessiond/relay-link/machine', [
    [
      'packets over UDP get no address',
      'R3.10',
      [
        'const datagrams = datagramsTo === undefined ? {} : { datagramsTo };',
        'const datagrams = {};',
      ],
    ],
  ]),
  ...mutantsOf('src/wire/control/destination', [
    [
      'datagrams are sent through a hop',
      'R3.8',
      ["return isUdp && wayOf(to, 'control').length > 1;", 'return false;'],
    ],
  ]),
  ...mutantsOf('src/relay/packet-assembly', [
    [
      'a part that comes twice counts twice',
      'R3.10',
      ['if (packet.hasPart[index] === 1)', 'if (false)'],
    ],
    [
      'a packet is handed on before it is whole',
      'R3.10',
      ['if (packet === undefined || packet.missing > 0)', 'if (packet === undefined)'],
    ],
    [
      'parts of packets that were given up are still taken',
      'R3.10',
      ['this.#partsFrom = last + 1n;', ''],
    ],
    [
      'packets that wait are not handed on',
      'R3.10',
      [
        'this.#next += 1n;\n            this.#onPacket(sequence, packet.bytes);',
        'this.#next += 1n;\n            this.#onPacket(sequence, packet.bytes);\n            return;',
      ],
    ],
  ]),
  ...mutantsOf('src/relay/datagrams', [
    [
      'a probe is no sign that datagrams arrive',
      'R3.3',
      ['if (datagram.packetBytes === 0)', 'if (false)'],
    ],
    [
      'any token is that of a session',
      'R3.10',
      ['return String.fromCharCode(...token);', "return '';"],
    ],
  ]),
  ...mutantsOf('src/relay/number-ranges', [
    [
      'a report has numbers that have not arrived',
      'R3.10',
      [
        'const last = joinsAfter ? after.last : number;',
        'const last = joinsAfter ? after.last : number + 1;',
      ],
    ],
  ]),
];
