/**
 * The preload as two CommonJS files: the look for a registry, and what is loaded when there may be one. Each is whole,
 * so that the program finds few modules of ours, and starts fast.
 */
const bundle = (name) => ({
  input: `dist/bin/library/${name}.js`,
  platform: 'node',
  output: { file: `dist/bin/library/${name}.cjs`, format: 'cjs', codeSplitting: false },
});

// oxlint-disable-next-line import/no-default-export -- rolldown reads the default
export default [bundle('preload'), bundle('preload-engine')];
