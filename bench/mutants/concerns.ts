/** Which scenarios are likely to show a mutant: these are run first. */
import type { Mutant } from './mutant.ts';

/** By its title: where it was seen to be met, seldom perhaps. These come before those of its file. */
const SHOWN_BY: Readonly<Record<string, readonly string[]>> = {
  'closing leaves the begun sub-buffers': ['F1', 'F2'],
  'what did not fit is not tried again': ['D1'],
  'an ended stream that was stuck is never released': ['D1'],
  'a record does not outlive the machine': ['P1'],
  'two processes of one name and id share a directory': ['R4'],
  'a listener of anybody is trusted': ['H7'],
  'the library waits for a handshake for ever': ['H7'],
  'a state in several messages loses all but the last': ['L1'],
  'the next page begins one too late': ['L1'],
  'a peer that does not read is sent to without end': ['L1'],
  'all peers together may hold any number of bytes': ['L1'],
  'streams of the other registry are let go': ['S4'],
  'a new registry is not told the tracepoints': ['A1'],
  'a pipe that another waiter made first is an error': ['A1'],
  'the common pipe is awaited after the look': ['A1'],
  'a signal on the common pipe is ignored': ['A1'],
  'the end of a registration is no reason to look again': ['A1'],
  'the common pipe is not signalled': ['A1'],
  'sessions are not told of another group': ['G1'],
  'the client socket stays with the group that it was made for': ['G1'],
  'a registry that ends gives up what nobody is there to write': ['R6'],
  'everybody is in the group': ['H5'],
  'the switch timer leaves the begun sub-buffers': ['R1', 'S1'],
  'a connection that nobody adopted is not closed': ['H2'],
  'a consumer does not join the next registry': ['K1'],
  'a consumer leaves applications that live': ['K1'],
  'a registry has any number of sessions': ['B1'],
  'a registry has any number of links': ['B1'],
  'one user may have all links': ['B1'],
  'an application may lag behind for ever': ['B1'],
  'a user\u2019s registry serves others': ['H5'],
  'strangers are served': ['H5'],
  'a user\u2019s registry traces others': ['H5'],
  'an application is told before all sessions have answered': ['Q1'],
  'a state is sent before all sessions have answered': ['Q1'],
  'an application is told while its streams are being made': ['Q1'],
  'one confirmation is for all states': ['Q3'],
  'a busy session outlives the end of its registry': ['R3'],
  'a command on a busy session is dropped': ['C1'],
  'a busy session is started again in between': ['QR2'],
  'the answer to another flush is taken': ['H6'],
  'a stream that goes on can be released': ['H6'],
  'absent applications are looked for once': ['K1'],
  'a consumer that joins again is not told of ended streams': ['K1'],
  'an application that returns gets other streams': ['K1'],
  'a thread that got the numbers of another one gets its streams': ['H3'],
  'states are not written down': ['K1'],
  'a restored session forgets its streams': ['C2'],
  'a disabled rule makes streams': ['R1'],
  'the segments of a dead registry are not looked for': ['K1'],
  'segments that a dead registry made and did not write down stay': ['C2'],
  'registries before the one before are forgotten': ['K1'],
};

/** By the beginning of its file. */
const CONCERNS: readonly (readonly [file: string, ...scenarios: string[]])[] = [
  ['src/ring/writer', 'ring', 'R5', 'R4'],
  ['src/ring/reader', 'H3', 'ring', 'R5', 'S3'],
  ['src/ring/progress', 'ring', 'F1', 'F2'],
  ['src/recorder/', 'F1', 'F2', 'F3', 'S3'],
  ['src/effects/trace', 'R4', 'R2', 'F1', 'F2'],
  ['src/effects/tracer', 'R1', 'H4', 'F2'],
  ['src/base/glob', 'R1'],
  ['src/wire/', 'H1', 'S3'],
  ['src/effects/wire', 'H1', 'S2'],
  ['src/effects/memory', 'S1', 'S3', 'K1', 'C2'],
  ['src/effects/files', 'R3', 'F2'],
  ['src/effects/journal', 'F2', 'F3'],
  ['actors/registration/', 'H2', 'H4', 'F2', 'S2', 'R3'],
  ['actors/consumer/', 'H2', 'K1', 'F2', 'R2', 'R3'],
  ['actors/client/', 'H2', 'H4', 'R2', 'S2'],
  ['actors/registry/context', 'R1', 'R2', 'H1', 'H5'],
  ['actors/registry/actions', 'R2', 'H1', 'H3', 'R3', 'K1', 'Q1'],
  ['actors/registry/machine', 'R3', 'H2', 'F2'],
  ['actors/app-link/', 'H1', 'H3', 'Q1', 'Q3', 'R2'],
  ['actors/client-link/', 'H1', 'H5', 'R2', 'F2'],
  ['actors/session/machine', 'R2', 'H3', 'K1', 'C1', 'R3', 'F2'],
  ['actors/session/streams', 'R4', 'H1', 'H3', 'K1'],
  ['actors/session/context', 'R1', 'K1', 'H5'],
  ['actors/session/changes', 'R1'],
  ['actors/session/', 'H3', 'R2', 'K1', 'Q1'],
];

export interface Concern {
  readonly known: readonly string[];
  readonly concerned: readonly string[];
}

export function concernedBy({ file, title }: Mutant): Concern {
  const known = SHOWN_BY[title] ?? [];
  const [, ...scenarios] = CONCERNS.find(([beginning]) => file.startsWith(beginning)) ?? [''];
  return { known, concerned: scenarios.filter((scenario) => !known.includes(scenario)) };
}
