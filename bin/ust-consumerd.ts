#!/usr/bin/env node
/** `ust-consumerd`, from its bundle: see `bin/daemon/consumerd.ts`. */
type Launch = typeof import('./bundle/launch.ts');

const { createRequire } = process.getBuiltinModule('node:module');
const { launch } = createRequire(import.meta.url)('./programs/launch.cjs') as Launch;
launch({ name: 'ust-consumerd', bundle: 'consumerd', exitStatus: 1 });
