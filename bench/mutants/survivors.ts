/** Why the simulator does not see a mutant, by the mutant's title: what it would take. */
const INSTANT =
  'code between two calls to the operating system is one instant in the simulator, so nobody looks or dies in ' +
  'between; `lttng-sim ring` goes through the buffers alone';
const HOSTILE = 'needs a trick that no hostile peer of H1 to H4 plays';
const FULL = 'disks fail in F1 to F4; the moment that shows it did not come in so few runs';
const RESTART = 'registries die in F1 to F4; the moment that shows it did not come in so few runs';
const BOUND = 'no scenario comes near the bound; the unit tests of limits do';
const GUARDED = 'the rights of directory and socket stop a stranger before this check is reached';
const STATED = 'needs an answer that comes later than the next question';
const SHAPE =
  'R1 to R5 draw such rules, commands and signals; the moment did not come in so few runs';
const SLOW = 'needs a peer that is silent or blocked for seconds, in the middle of a command';
const MASKED = 'another check takes its place: equivalent as far as a user can see';
const LATER =
  'the same is caught up by a later look: only the time differs, and no oracle bounds it here';

const TITLES: readonly (readonly [string, ...string[]])[] = [
  [
    INSTANT,
    'both tallies go into one place',
    'a slot that is being reused keeps its sequence',
    'a body that may be overwritten is not copied',
    'the sequence of a slot is not checked',
    'a tally that belongs to another position is believed',
    'a class is declared after the packet that uses it',
    'an application is told before all sessions have answered',
    'a state is sent before all sessions have answered',
    'an application is told while its streams are being made',
  ],
  [
    HOSTILE,
    'a class log longer than the segment is believed',
    'a segment is not held against its grant',
    'a message is not held against its schema',
    'a frame may have any length',
    'a socket file of anybody is trusted',
    'sockets and listeners of anybody are trusted',
    'a consumer talks to a registry of anybody',
    'lttng talks to a registry of anybody',
    'a state that was never sent can be confirmed',
    'a directory that others can write is accepted',
    'a second consumer is accepted',
    'a consumer attaches to the session of another user',
    'a stream that goes on can be released',
    'a session starts without a consumer',
    'every version of the protocol is welcome',
    'a UUID finds the session of another user',
  ],
  [
    FULL,
    'declarations that did not fit are forgotten',
    'a packet is passed before it is written',
    'a torn write is not taken back',
    'a short write is taken for a whole one',
    'the end does not wait for room',
  ],
  [
    RESTART,
    'the lock is not taken',
    'no session is written down',
    'the record of a session stays',
    'a consumer does not join the next registry',
    'a consumer leaves applications that live',
    'the socket of a dead registry stays',
    'the segments of a dead registry are not looked for',
    'segments that a dead registry made and did not write down stay',
    'absent applications are looked for once',
    'states are not written down',
    'absent applications that died are not ended',
    'a consumer that joins again is not told of ended streams',
    'an application that returns gets other streams',
    'a restored session forgets its streams',
    'a thread that got the numbers of another one gets its streams',
    'the loss of a consumer is not told',
  ],
  [
    BOUND,
    'a registry has any number of sessions',
    'a registry has any number of links',
    'one user may have all links',
    'an application may lag behind for ever',
    'a frame that comes in pieces loses the first ones',
  ],
  [
    GUARDED,
    'a user\u2019s registry serves others',
    'everybody may connect to a user\u2019s registry',
    'a user\u2019s registry traces others',
    'strangers are served',
  ],
  [
    STATED,
    'sessions of others are listed',
    'an answer to another request is taken',
    'the answer to another flush is taken',
    'a disabled rule stays enabled',
  ],
  [
    SHAPE,
    'SIGTERM ends a registry at once',
    'draining does not wait for the sessions',
    'a rule for spawned applications is for all',
    'a command on a busy session is dropped',
    'the log level is compared the wrong way round',
    'a pattern matches by its beginning alone',
    'a pattern without a star matches prefixes',
    'changed rules of a stream are ignored',
    'a rule that is disabled is sent',
    'a disabled rule makes streams',
    'a rule for one process is for all',
    'a rule for one command is for all',
    'two sessions of a user have one name',
    'a channel is added twice',
    'a name finds the session of another user',
    'a long pause does not make an extended header',
    'a sub-buffer has no room for the longest header',
  ],
  [
    SLOW,
    'the registry waits for a handshake for ever',
    'a client that says nothing stays',
    'a blocked application blocks the user',
    'nobody waits until applications have applied',
    'one confirmation is for all states',
    'a busy session is started again in between',
    'a busy session outlives the end of its registry',
  ],
  [
    MASKED,
    'a reused slot keeps its committed bytes',
    'the begin of a packet goes back in time',
    'the connections of a lost application stay',
    'a stream that is not wanted any more is kept',
  ],
  [
    LATER,
    'the common pipe is not signalled',
    'a consumer does not say that it has finished',
    'stop does not wait for the flush',
    'destroy does not wait for the consumer',
    'a finished sub-buffer does not say what was discarded',
    'a finished sub-buffer is not announced',
    'a wake-up is for the streams of the other pipes',
    'a shared wake-up pipe is closed with the first stream',
    'the first stream to end takes the wake-up pipe along',
    'the last look at an ended stream leaves the begun sub-buffer',
    'the end of a stream is ignored',
    'the release of a stream is not told',
    'the segments of an ended stream stay',
    'the streams of a dead application go on',
    'the end of an application is not told',
    'sessions are not told of an application that left',
    'the wake-up pipe is not removed',
  ],
];

export const REASONS: Readonly<Record<string, string>> = Object.fromEntries(
  TITLES.flatMap(([reason, ...titles]) => titles.map((title) => [title, reason])),
);
