/** Runs a program of `programs.ts` on the real World: argv[2] is its name, the following words are its arguments. */
import { createRealWorld } from '../../src/os/world.ts';
import { catcher } from './programs.ts';

const [, , name, ...args] = process.argv;
if (name === 'catcher') catcher(createRealWorld({ log: () => {} }), args);
else process.exit(2);
