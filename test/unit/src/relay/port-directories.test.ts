/** Port directories that killed relays left: the next relay of the same user removes them, and nothing else. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type SimProcess, Simulation } from '../../../../sim/machine/simulation.ts';
import { Announcement } from '../../../../src/relay/announcement.ts';
import { must } from '../../../support/ring/memory.ts';

const PARENT = '/home/alice/.lttng-ts';
const ADDRESSES = [{ listener: 'control', address: { host: '127.0.0.1', port: 4711 } }];
const FILES = ['control.port', 'lock'];

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation({
    seed: 1,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: [] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
    ],
    groups: {},
    programs: {},
  });
  must(simulation.login('alice').world.files.makeDirectory(PARENT, 0o755));
});

const directoryOf = ({ pid }: SimProcess): string => `${PARENT}/relayd-${pid}`;

/** A relay that is announced, as a process. */
function relay(user = 'alice'): SimProcess & { readonly withdraw: () => void } {
  const process = simulation.login(user);
  const announcement = new Announcement(process.world);
  const plan = { pidFile: undefined, portDirectory: directoryOf(process) };
  must(announcement.write(plan, ADDRESSES));
  return Object.assign(process, { withdraw: () => announcement.withdraw() });
}

function kill({ pid }: SimProcess): void {
  simulation.kill(pid);
}

const listed = (path = PARENT): string[] => must(simulation.login('root').world.files.list(path));
const names = (...processes: SimProcess[]): string[] =>
  processes.map(({ pid }) => `relayd-${pid}`).sort();

describe('the port directory', () => {
  it('goes with the relay', () => {
    const one = relay();
    expect(listed(directoryOf(one))).toEqual(FILES);
    one.withdraw();
    expect(listed()).toEqual([]);
  });

  it('of a killed relay goes with the next relay, and that of a living one stays', () => {
    const [dead, alive, ended] = [relay(), relay(), relay()];
    kill(dead);
    kill(ended);
    const next = relay();
    expect(listed()).toEqual(names(alive, next));
    expect(listed(directoryOf(alive))).toEqual(FILES);
  });

  it('goes although another process has the id by now', () => {
    const dead = relay();
    kill(dead);
    simulation.run({ forMs: 1000 });
    simulation.reusePid(dead.pid);
    expect(simulation.login('alice').pid).toBe(dead.pid);
    const next = relay();
    expect(listed()).toEqual(names(next));
  });

  it('stays while its relay lives, though no process here has its id', () => {
    const elsewhere = relay();
    const { files } = simulation.login('alice').world;
    must(files.rename(directoryOf(elsewhere), `${PARENT}/relayd-999999`));
    const next = relay();
    expect(listed()).toEqual([...names(next), 'relayd-999999'].sort());
  });

  it('stays if it is of another user, is a link, has another name, or has files of others', () => {
    const { files } = simulation.login('alice').world;
    const roots = simulation.login('root').world.files;
    must(roots.makeDirectory(`${PARENT}/relayd-77701`, 0o755));
    const target = '/home/alice/relayd-77702';
    must(files.makeDirectory(target, 0o755));
    must(must(files.open(`${target}/control.port`, 'create')).append([new Uint8Array(1)]));
    simulation.makeLink('alice', `${PARENT}/relayd-77702`, target);
    must(files.makeDirectory(`${PARENT}/relayd-x`, 0o755));
    const full = relay();
    must(files.open(`${directoryOf(full)}/notes`, 'create'));
    kill(full);
    const next = relay();
    expect(listed()).toEqual(
      [...names(next, full), 'relayd-77701', 'relayd-77702', 'relayd-x'].sort(),
    );
    expect(listed(target)).toEqual(['control.port']);
    expect(listed(directoryOf(full))).toEqual(['notes']);
  });

  it('goes wherever the relay was killed while it made or removed it', () => {
    for (let calls = 1; calls <= 30; calls++) {
      const process = simulation.login('alice');
      simulation.killAtCall(process.pid, calls);
      const announcement = new Announcement(process.world);
      try {
        announcement.write({ pidFile: undefined, portDirectory: directoryOf(process) }, ADDRESSES);
        announcement.withdraw();
      } catch {
        // It was killed inside the call.
      }
      if (process.isAlive) kill(process);
      const next = relay();
      expect(listed()).toEqual(names(next));
      next.withdraw();
    }
  });
});
