/**
 * The World's log: events with an id, a level, a sentence for people, and values for programs. Oracles and tests
 * compare ids, so a change of a sentence changes no result.
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Level and sentence of every event that the product logs. */
const LOG_EVENTS = {
  // Any program or actor.
  'actor.debug': ['debug', 'Debug output of an actor'],
  'program.failed': ['error', 'The program ends: an actor threw an exception'],
  'actors.failed': ['error', 'All actors stop: an actor threw an exception'],
  'actor.eventDropped': ['debug', 'Dropped an event: its actor has ended'],
  'actor.eventIgnored': ['warn', 'Ignored an event: no state of its actor handles it'],
  'log.reopenFailed': ['error', 'Cannot reopen the log file'],
  'configuration.rejected': ['error', 'Kept the previous configuration: the file is not valid'],
  'configuration.reloaded': ['info', 'Reloaded the configuration'],
  'configuration.groupUnknown': [
    'warn',
    'The tracing group was not found: only root may use this registry',
  ],
  'service.notifyFailed': ['warn', 'Cannot notify the service manager'],
  'service.descriptorClosed': [
    'warn',
    'Closed an inherited descriptor that is not a listening socket',
  ],
  // Registries.
  'directory.replaceable': ['warn', 'Another user may rename or replace the directory'],
  'registry.found': ['info', 'Found a registry'],
  'registry.ready': ['info', 'The registry is ready'],
  'registry.ending': ['info', 'The registry is ending'],
  'registry.startFailed': ['error', 'The registry cannot start'],
  'registry.threadUnable': ['warn', 'A thread that sessions want to record cannot record'],
  'registry.connectionRefused': [
    'warn',
    'Refused a connection: a limit of the registry is reached',
  ],
  'peer.cutOff': ['warn', 'Closed the connection of a peer that broke the protocol'],
  'peer.linesSuppressed': ['warn', 'Suppressed further log lines about a peer'],
  // Sessions, their streams and their records.
  'session.restored': ['info', 'Restored a session from its record'],
  'session.recordSetAside': ['error', 'Set the record of a session aside: it cannot be read'],
  'session.loaded': ['info', 'Loaded a saved session'],
  'session.present': ['info', 'Did not load a saved session: there is one of its name already'],
  'session.notLoaded': ['warn', 'Cannot load saved sessions'],
  'session.notCurrent': ['warn', 'Cannot make the session the current one: name it with -s'],
  'session.configNotWritten': ['warn', 'Cannot write the .lttng/config of a loaded session'],
  'session.kept': [
    'warn',
    'Kept a session for the next registry: its buffers hold events that no consumer has written',
  ],
  'session.dataAbandoned': [
    'warn',
    'Destroyed a session whose events could not be written: those in its buffers are lost',
  ],
  'session.outputFailed': ['warn', 'The consumer of a session cannot write where it shall'],
  'session.notDurable': [
    'warn',
    'Cannot write the record of the session: a restarted registry would not know this change',
  ],
  'session.streamsFull': [
    'warn',
    'Refused a stream: the session has the maximum number of streams',
  ],
  // Kernel parts of sessions.
  'kernel.unusable': ['warn', 'The tracer of the kernel cannot be used'],
  'kernel.instanceFailed': ['error', 'Cannot make or use an instance of the tracer of the kernel'],
  'kernel.eventsFailed': ['warn', 'The kernel did not enable or disable events of a session'],
  'kernel.passFailed': [
    'warn',
    'Cannot pass the buffers of the kernel to the consumer; the registry tries again',
  ],
  'kernel.buffersMissing': ['warn', 'The kernel has no buffers for CPUs of a session'],
  'kernel.removeWaits': ['info', 'Instances of the tracer of the kernel are still read'],
  'kernel.removeFailed': ['error', 'Cannot remove an instance of the tracer of the kernel'],
  'kernel.swept': ['info', 'Removes instances that an earlier registry left'],
  'stream.shareExhausted': [
    'warn',
    'Refused a stream: the applications of this user have all the buffers that one user may have',
  ],
  'stream.createFailed': ['error', 'Cannot create the buffers of a stream'],
  'stream.retired': ['info', 'No other thread writes into these buffers of a user'],
  'stream.oldestReleased': ['info', 'Released the oldest buffers of threads that have ended'],
  'stream.unreadable': ['error', 'Stopped reading a stream: its buffers are damaged'],
  'record.writeFailed': [
    'error',
    'Cannot write a record: a restarted registry would not know this state',
  ],
  'record.allWritten': ['info', 'All records are written'],
  'record.directoryFailed': ['error', 'Cannot create the directory of records'],
  'record.syncFailed': ['error', 'Cannot make the directory of records durable'],
  'record.listFailed': ['error', 'Cannot read the directory of records'],
  'record.readFailed': ['error', 'Cannot read a record'],
  'record.removeFailed': ['error', 'Cannot remove a record'],
  'record.setAsideFailed': ['error', 'Cannot set a damaged record aside'],
  'lock.readFailed': ['warn', 'Cannot read the owner line of a lock file'],
  'lock.ownerWritten': ['info', 'Wrote the owner line of a lock file'],
  'lock.ownerNotWritten': ['warn', 'Cannot write the owner line of a lock file'],
  // Consumers, snapshots and traces.
  'consumer.left': ['warn', 'The consumer disconnected while its session needs one'],
  'consumer.tooSlow': ['warn', 'The consumer did not finish writing in time'],
  'consumer.failed': ['error', 'The consumer ends'],
  'consumer.registryLost': ['warn', 'The registry ended: the consumer keeps writing'],
  'supervisor.consumerStarted': ['info', 'Started another consumer'],
  'supervisor.consumerFailed': ['warn', 'Cannot start a consumer: the supervisor will try again'],
  'snapshot.written': ['info', 'Wrote a snapshot'],
  'snapshot.failed': ['error', 'Cannot take the snapshot'],
  'snapshot.removeFailed': ['warn', 'Cannot remove an incomplete snapshot'],
  'trace.writable': ['info', 'The trace can be written again'],
  'trace.datagramsFail': ['warn', 'Datagrams with packets cannot be sent to the relay'],
  'trace.packetsGivenUp': [
    'error',
    'Datagrams do not reach the relay: packets are counted as lost',
  ],
  'trace.relayLost': ['error', 'The connection to the relay ended'],
  'trace.outputFailed': [
    'error',
    'The trace goes nowhere: its new output cannot be used, and events wait in the buffers',
  ],
  'trace.notArchived': [
    'error',
    'Cannot move or remove the files that the session has recorded so far: they stay where they are',
  ],
  'trace.notRegenerated': [
    'error',
    'Cannot write the metadata of a trace anew: it keeps the clock offset that it has',
  ],
  'trace.notWritable': [
    'error',
    'Cannot write the trace: events stay in the buffers while there is room',
  ],
  'trace.abandoned': [
    'error',
    'The consumer ends: events that it cannot write stay in the buffers for the next consumer',
  ],
  'trace.gone': [
    'error',
    'The files of a trace were removed, replaced or truncated: a new trace begins and counts the events that are gone',
  ],
  'trace.moved': ['warn', 'The files of a trace were moved: a new trace begins'],
  'kernel.pagesFailed': [
    'error',
    'Cannot read what the kernel records on a CPU: the stream has no more events',
  ],
  'kernel.eventsDiscarded': [
    'warn',
    'Discarded events of the kernel: the trace counts them, and this is said once for a stream',
  ],
  'kernel.formatRejected': [
    'warn',
    'Cannot record an event of the kernel: its format is not understood',
  ],
  'trace.wakeUpFailed': [
    'warn',
    'Cannot read a wake-up pipe: only the read timer reads this stream',
  ],
  'trace.notContinued': [
    'warn',
    'Cannot continue the trace of an earlier consumer: started a new one',
  ],
  'trace.streamFileGone': [
    'warn',
    'The stream file of an earlier consumer is gone: started a new one',
  ],
  // Relays.
  'relay.ready': ['info', 'The relay is ready'],
  'relay.listening': ['info', 'The relay listens'],
  'relay.reachable': ['warn', 'Anybody who reaches this address can write traces to this machine'],
  'relay.readable': [
    'warn',
    'Anybody who reaches this address can read the traces of live sessions',
  ],
  'relay.forwards': [
    'warn',
    'Anybody who reaches this relay can reach these addresses through it (--forward-to)',
  ],
  'relay.forwarding': ['info', 'Forwards the connection of a peer to another relay'],
  'relay.ending': ['info', 'The relay is ending'],
  'relay.fewDescriptors': [
    'info',
    'The relay takes fewer streams than its bound, because this process may open fewer files',
  ],
  'relay.directoryKept': ['warn', 'Cannot remove the port directory of a relay that has ended'],
  'relay.startFailed': ['error', 'The relay cannot start'],
  'relay.connectionRefused': ['warn', 'Refused a connection: a limit of the relay is reached'],
  'relay.requestRefused': ['warn', 'Refused a request of a peer'],
  'relay.datagramDropped': ['warn', 'Dropped a datagram that is no part of a packet of a session'],
  'relay.datagramsDropped': ['warn', 'Dropped more such datagrams'],
  'relay.sessionAbandoned': ['warn', 'A peer left before all packets of its session arrived'],
  'relay.unreadDiscarded': ['warn', 'Viewers did not read the rest of a live session in time'],
  'relay.viewerAttached': ['info', 'A viewer reads a live session'],
  'relay.storeFailed': ['error', 'Cannot store a part of a trace'],
  // The library in an application.
  'tracer.failed': ['error', 'Tracing stopped: the library threw an exception'],
  'tracer.streamRefused': ['warn', 'Cannot record into a stream'],
  'tracer.filterRefused': ['warn', 'An event rule records nothing: its filter cannot be read'],
  'tracer.eventTooLarge': ['warn', 'Discarded an event that is larger than a sub-buffer'],
  'tracer.classLogFull': ['warn', 'Discarding the events of a class: the class log is full'],
  'tracer.sessionIgnored': [
    'warn',
    'Ignored the session UUID of the environment: it is not a UUID',
  ],
  'registration.refused': ['warn', 'Not registered: incompatible version or unexpected message'],
  'registration.unable': ['warn', 'Registered, but this thread cannot record'],
  'registration.sessionsFull': [
    'warn',
    'Registration ended: the registry sent more sessions than the limit',
  ],
  'registration.wrongOwner': ['warn', 'Not registered: the socket belongs to another user'],
  'registration.unsafeDirectory': [
    'warn',
    'Not registered: another user may replace the socket in its directory',
  ],
  'registration.waitFailed': ['warn', 'Cannot wait for a registry on the application common pipe'],
  // The operating system.
  'memory.listFailed': ['warn', 'Cannot list shared memory segments'],
  'memory.removeFailed': ['warn', 'Cannot remove a shared memory segment'],
  'pipe.signalFailed': [
    'warn',
    'Cannot signal the application common pipe: waiting applications register later',
  ],
  'pipe.removeFailed': ['warn', 'Cannot remove a wake-up pipe'],
  'pipe.waitFailed': ['warn', 'Cannot wait on a named pipe'],
  'pipe.readFailed': ['warn', 'Cannot read a named pipe'],
  'process.killFailed': ['warn', 'Cannot send a signal to a child process'],
  'socket.groupNotSet': ['error', 'Cannot change the group of a socket'],
  'socket.descriptorsExhausted': ['error', 'Refused a connection: no descriptors are left'],
  'socket.acceptFailed': ['warn', 'Cannot accept a connection'],
  'socket.listenFailed': ['error', 'Cannot accept connections'],
  'socket.passedRefused': ['warn', 'Refused a passed socket'],
  'socket.removeFailed': ['warn', 'Cannot remove a socket file'],
} as const satisfies Readonly<Record<string, readonly [LogLevel, string]>>;

/** `custom.*`: events of other programs on the runtime or the simulated machine. */
export type LogEvent = keyof typeof LOG_EVENTS | `custom.${string}`;

/** Values with kebab-case names. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Logs an event, e.g. `('session.restored', { session: 'web', uid: 1001 })`. */
export type Log = (event: LogEvent, fields?: LogFields) => void;

export function levelOf(event: LogEvent): LogLevel {
  return isOurs(event) ? LOG_EVENTS[event][0] : 'info';
}

export function sentenceOf(event: LogEvent): string {
  return isOurs(event) ? LOG_EVENTS[event][1] : event;
}

function isOurs(event: LogEvent): event is keyof typeof LOG_EVENTS {
  return Object.hasOwn(LOG_EVENTS, event);
}
