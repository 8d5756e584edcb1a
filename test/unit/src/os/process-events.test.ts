/** Watching the process: who reads its properties for another reason makes no event. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openEntrance } from '../../../../src/os/entrance.ts';
import { watchProcess } from '../../../../src/os/process-events.ts';
import { DIST } from '../../../support/real/os.ts';

it('a program that reads the handler of exceptions and then emits has no exception', () => {
  const seen: unknown[] = [];
  const end = watchProcess(openEntrance, { onUncaught: (error) => void seen.push(error) });
  const heard: unknown[] = [];
  process.once('log' as never, (...args: unknown[]) => void heard.push(args));
  try {
    Reflect.get(process, '_fatalException');
    process.emit('log' as never, 'resume' as never);
  } finally {
    end();
  }
  expect({ seen, heard }).toEqual({ seen: [], heard: [['resume']] });
});

it('an exception in a later turn is told, and so is one behind such a read', () => {
  const program = `import { watchProcess } from '${DIST}src/os/process-events.js';
    watchProcess({ run: (call) => call() }, { onUncaught: (error) => console.log(error.message) });
    process.on('uncaughtException', () => {});
    setTimeout(() => { throw new Error('one'); });
    setTimeout(() => { process._fatalException; process.emit('log', 'x'); throw new Error('two'); }, 5);
    setTimeout(() => { process._fatalException; throw new Error('three'); }, 10);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'one\ntwo\nthree\n', stderr: '' });
});
