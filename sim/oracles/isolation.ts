/** Isolation: owners and modes of created objects, and the processes that have them open (R1.3 to R1.6, R1.25). */
import { PASSAGE_PREFIX } from '../../actors/sessiond/paths.ts';
import { POSITION_SEGMENT_BYTES } from '../../src/ring/layout.ts';
import type { OutputAccount } from '../ledger/outputs.ts';
import type { ListedFile, Segment, SimProcess, Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';
import { type GroupPeriod, periodsBetween } from './groups.ts';

const isolation = finder('isolation');

const OTHERS = 0o007;
const ALL_BUT_OWNER = 0o077;
const GROUP_READS = 0o040;
const GROUP_WRITES = 0o020;
/** Directories of registries, with the modes of their files: of a user's, and of the global one. */
const USER_PLACE = /^\/home\/[^/]+\/\.lttng-ts\//;
const HOME = /^\/home\/[^/]+$/;
const GLOBAL_PLACE = /^\/run\/lttng-ts\//;

/** Checks the machine at this moment. */
export function checkIsolation(
  simulation: Simulation,
  outputs: readonly OutputAccount[],
  periods: readonly GroupPeriod[],
  isOpened: (path: string) => boolean,
): Finding[] {
  const processes = new Map(simulation.processes().map((process) => [process.pid, process]));
  const files = simulation.listFiles();
  return [
    ...simulation.segments().flatMap((segment) => checkSegment(segment, processes, periods)),
    ...checkPlaces(files, simulation.now, periods, isOpened),
    ...checkOutputs(files, outputs),
  ];
}

function checkSegment(
  segment: Segment,
  processes: ReadonlyMap<number, SimProcess>,
  periods: readonly GroupPeriod[],
): Finding[] {
  const { id, mode, uid, gid, byteLength, createdAt } = segment;
  const findings: Finding[] = [];
  const readers = periodsBetween(periods, createdAt, createdAt).map((period) => period.gid);
  // Positions are accessible to the consumer and the application, data to the group, if there is one.
  const isData = byteLength > POSITION_SEGMENT_BYTES;
  if (isData && (mode & GROUP_READS) !== 0 && !readers.includes(gid)) {
    findings.push(isolation(`segment ${id} of ${uid} has group ${gid}, not ${readers.join()}`));
  }
  if ((mode & (OTHERS | GROUP_WRITES)) !== 0) {
    findings.push(isolation(`segment ${id} of ${uid} has mode ${mode.toString(8)}`));
  }
  const writers = [...segment.attachments].filter(
    ({ pid, access }) => access === 'write' && processes.get(pid)?.program === 'application',
  );
  if (new Set(writers.map(({ pid }) => pid)).size > 1) {
    findings.push(
      isolation(`segment ${id} has two writers: ${writers.map(({ pid }) => pid).join()}`),
    );
  }
  for (const { pid, access } of segment.attachments) {
    const process = processes.get(pid);
    if (process === undefined || process.uid === 0 || process.uid === uid) continue;
    if (access === 'read' && (process.groupIds.includes(gid) || process.gid === gid)) continue;
    findings.push(
      isolation(
        `process ${pid} of ${process.uid} has segment ${id} of ${uid} attached to ${access}`,
      ),
    );
  }
  return findings;
}

/** `isOpened`: the path's owner has opened it to other users. */
function checkPlaces(
  files: readonly ListedFile[],
  now: number,
  periods: readonly GroupPeriod[],
  isOpened: (path: string) => boolean,
): Finding[] {
  const findings: Finding[] = [];
  const owners = new Map<string, number>();
  const open = new Set<string>();
  for (const { path, kind, mode, uid, gid } of files) {
    if (HOME.test(path)) owners.set(path, uid);
    if (kind === 'directory' && USER_PLACE.test(`${path}/`) && (mode & 0o022) !== 0) {
      open.add(`${uid} ${path}`);
    }
    if ((kind !== 'socket' && kind !== 'pipe') || isOpened(path)) continue;
    const rights = mode.toString(8);
    if (kind === 'socket' && open.has(`${uid} ${path.slice(0, path.lastIndexOf('/'))}`)) {
      findings.push(isolation(`${path} is served in a directory that other users can write to`));
    }
    // A socket that another user planted there is not the registry's.
    const isOwn = owners.get(path.split('/').slice(0, 3).join('/')) === uid;
    if (USER_PLACE.test(path) && isOwn && (mode & OTHERS) !== 0) {
      findings.push(isolation(`${path} of a user's registry has mode ${rights}`));
    }
    if (!GLOBAL_PLACE.test(path)) continue;
    const isForAll = path.endsWith('/apps.sock');
    const since = path.endsWith('/client.sock') ? now : 0;
    const isOfGroup = periodsBetween(periods, since, now).some((period) => period.gid === gid);
    const isTracers = isOfGroup && (uid === 0 || kind === 'pipe');
    // Without the group only root has access, and writers of a pipe, and consumers that come for descriptors.
    const isOfOne = kind === 'pipe' || path.includes(`/${PASSAGE_PREFIX}`);
    const isOwners = (uid === 0 || isOfOne) && (mode & ALL_BUT_OWNER) === 0;
    if (!isForAll && !isOwners && (!isTracers || (mode & OTHERS) !== 0)) {
      findings.push(isolation(`${path} belongs to ${uid}:${gid} with mode ${rights}`));
    }
  }
  return findings;
}

/** Trace files belong to the user that records (R1.20). */
function checkOutputs(files: readonly ListedFile[], outputs: readonly OutputAccount[]): Finding[] {
  const findings: Finding[] = [];
  for (const { path, uid, mode } of files) {
    const place = outputs.find(({ output }) => path === output || path.startsWith(`${output}/`));
    if (place === undefined || (uid === place.uid && (mode & ALL_BUT_OWNER) === 0)) continue;
    findings.push(isolation(`${path} belongs to ${uid} with mode ${mode.toString(8)}`));
  }
  return findings;
}
