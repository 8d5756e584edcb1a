/**
 * Mutants that no run of the simulator detects within the bounds of `../mutation.ts`, by title: why, and the file of
 * tests, below `test` and without its ending, that detects them.
 */

export interface Survivor {
  readonly why: string;
  readonly test: string;
}

/** Two messages in an order that runs hardly ever have. */
const RARE = 'No run has met this order of messages';

const APPLICATION = { why: RARE, test: 'unit/actors/library/application/machine' };
const REGISTRATION = {
  why: 'No other user can put a socket into a directory that passed the check before it',
  test: 'unit/actors/library/registration/machine',
};
const CONSUMER = { why: RARE, test: 'unit/actors/consumerd/consumer/machine' };
const CLIENT_LINK = { why: RARE, test: 'unit/actors/sessiond/client-link/machine' };
const SESSION = { why: RARE, test: 'unit/actors/sessiond/session/machine' };

const KERNEL_LINK = {
  why: 'The simulated kernel has few events: all of them are disabled in the same moment',
  test: 'unit/actors/sessiond/kernel-link/machine',
};

const TUNNEL = {
  why: 'The buffers of senders are smaller than the bound',
  test: 'unit/src/effects/connections/tunnel',
};
const COUNTERS = {
  why: 'Hardly ever does a consumer end between a packet of counters and the next one',
  test: 'unit/src/ring/progress',
};
const HOPS = { why: 'No sender asks for such a way', test: 'system/relay/hops' };

const KERNEL = 'No scenario records the kernel';
const PUMP = { why: KERNEL, test: 'unit/src/kernel/stream-pump' };
const PUMPED = { why: KERNEL, test: 'unit/src/recorder/pumped-recorder' };

const LOADING = {
  why: 'Registries of scenarios load no saved sessions when they start',
  test: 'unit/bin/control/saved/auto-load',
};

const METADATA = {
  why: 'Two consumers hardly ever want one trace at the same moment, and no power fails then',
  test: 'unit/src/recorder/renewed-metadata',
};

const NO_PARTS = 'Clients of scenarios name the parts of a session themselves';
const PARTS = { why: NO_PARTS, test: 'unit/actors/client/plans/parts' };
const KERNEL_CHANGES = { why: NO_PARTS, test: 'unit/actors/client/plans/kernel' };

export const SURVIVORS: Readonly<Record<string, Survivor>> = {
  'a page that was stored and not marked is overwritten': PUMP,
  'the next pump copies a page from its beginning again': PUMP,
  'a page is copied again when its consumer dies before the next one': PUMP,
  'what the kernel lost is counted again by the next pump': PUMP,
  'what the kernel lost is forgotten when the consumer dies': PUMP,
  'a record without room is discarded instead of waiting': PUMP,
  'an event of the kernel has another time than its record': PUMP,
  'an event without a format is not counted': PUMP,
  'times of the kernel go back': PUMP,
  'what the kernel lost is not counted': PUMP,
  'the next page is taken before the one in the slot is copied': PUMP,
  'two consumers read the pages of one CPU': PUMPED,
  'the consumer is not woken when the buffer of a CPU is half full': PUMPED,
  'a flush leaves the last events in the kernel': PUMPED,
  'new metadata is not locked': METADATA,
  'new metadata has its name before it is on the disk': METADATA,
  'a copy that cannot be written stays': METADATA,
  'the remains of an earlier copy stay in new metadata': METADATA,
  'a reader does not follow metadata that was replaced': {
    why: 'The oracles open a trace anew each time',
    test: 'system/view/follow-moved',
  },
  'a session ends with metadata that a dead consumer has half done': SESSION,
  'new metadata makes an archive of the last chunk': SESSION,
  'new metadata begins a new chunk': SESSION,
  'a consumer that died when it overwrote the only file is not continued': {
    why: 'Hardly ever does a consumer die between the file and its first packet, and what it then loses is counted',
    test: 'unit/src/recorder/stream-consumer.continued',
  },
  'a file that cannot be read ends the loading': LOADING,
  'a session that is there already is a failure': LOADING,
  'what is loaded may be of anyone': LOADING,
  'only the first file is loaded': LOADING,
  'an archive that a dead consumer has begun is begun again': {
    why: 'A consumer hardly ever dies between two moves',
    test: 'unit/src/recorder/chunk-archive',
  },
  'the next consumer does not finish the rotation of a dead one': SESSION,
  'a consumer takes a trace that began after a rotation for its own': {
    why: 'Hardly ever does a consumer die between the move of a trace and the next key of its streams',
    test: 'unit/src/recorder/process-trace',
  },
  'one user gets the buffers of all': {
    why: 'No scenario makes 1,024 streams for one user',
    test: 'system/registry/limits',
  },
  'a segment is whatever has its id': {
    why: 'The simulated machine has shared memory of its own',
    test: 'port/real',
  },
  'a segment without a mark is never removed': {
    why: 'A registry is rarely killed between these two calls',
    test: 'unit/src/effects/memory',
  },
  'the end does not wait for room': {
    why: 'A session ends only when its events are written',
    test: 'unit/src/recorder/stream-consumer',
  },
  'a flush is answered while another consumer holds the trace': {
    why: 'The answer is true: it says that events are not written',
    test: 'unit/src/recorder/stream-consumer',
  },
  'a consumer without a registry takes back what another one has taken': {
    why: 'What was in flight may be at a relay twice, and the laws allow that for all events of such a run',
    test: 'unit/src/recorder/stream-consumer.outputs',
  },
  'a socket file of anybody is trusted': REGISTRATION,
  'sockets and listeners of anybody are trusted': REGISTRATION,
  'a program starts although a registration that its new user needs has not settled': APPLICATION,
  'a connection that opens too late stays open': CONSUMER,
  'the end of an earlier connection ends the attempt at the next one': CONSUMER,
  'the end of an earlier connection ends a consumer before its last message is sent': CONSUMER,
  'a consumer waits out the time of a registry that speaks another version': CONSUMER,
  'a consumer waits for processes that the next registry does not know': CONSUMER,
  'a client asks for any number of answers at once': CLIENT_LINK,
  'a consumer that was stopped opens late': SESSION,
  'a session ends while memory is made for it': SESSION,
  'an application whose next buffers are not recorded yet records on after a stop': {
    why: 'One run of C1 in several hundred stops a session within the 20 ms in which that can happen',
    test: 'unit/actors/sessiond/session/machine',
  },
  'a kernel part that is stopped records on': KERNEL_LINK,
  'the kernel records before its events are enabled': KERNEL_LINK,
  'a consumer of the kernel leaves with its registry': {
    why: 'Registries come back before a consumer has looked for one often enough',
    test: 'unit/actors/consumerd/consumer/machine',
  },
  'a flight recorder forgets memory that is being made': SESSION,
  'a relay on the way reads from a fast sender without end': TUNNEL,
  'a relay on the way does not read on': TUNNEL,
  'a sender does not learn that the relay behind others is gone': {
    why: 'It ends the link itself when no reply comes',
    test: 'unit/src/effects/connections/tunnel',
  },
  'the relay behind others does not learn that the sender is gone': TUNNEL,
  'a relay has what has not arrived': {
    why: 'A sender asks again before anything depends on the answer',
    test: 'unit/src/relay/session',
  },
  'a relay forwards to anybody': HOPS,
  'a way passes a relay twice': HOPS,
  'datagrams are sent through a hop': {
    why: 'No session asks for it',
    test: 'unit/src/wire/control/destination',
  },
  'datagrams do not go where control is': {
    why: 'No host has several addresses of one family',
    test: 'unit/actors/sessiond/relay-link/machine',
  },
  'a packet of counters is believed before it is stored': COUNTERS,
  'counters that are stored are reported again': COUNTERS,
  'a viewer reads the metadata of one trace at a time': {
    why: 'Hardly ever does a viewer attach to many traces without events before one has some',
    test: 'system/scenarios/regressions',
  },
  'the key of a trace names no output': {
    why: 'Hardly ever does the output change while a session has two consumers',
    test: 'unit/src/recorder/process-trace',
  },
  'a link over UDP needs no datagram to arrive': {
    why: 'Sessions of the scenarios name ports that datagrams reach',
    test: 'unit/src/recorder/datagram-path',
  },
  'a relay forwards any number of connections': {
    why: 'No scenario has 1,024 connections',
    test: 'unit/src/relay/forwarding',
  },
  'a part without a channel is started': PARTS,
  'a part that does not stop keeps the other one recording': PARTS,
  'a session is destroyed before its kernel part': PARTS,
  'a refused command leaves the kernel part that it made': KERNEL_CHANGES,
  'what is added to a recording session is not recorded': KERNEL_CHANGES,
  'an interruption keeps the rest of a session': {
    why: NO_PARTS,
    test: 'unit/actors/client/plans/record',
  },
};
