import { expect, test } from 'vitest';
import lockfile from '../package-lock.json' with { type: 'json' };

type Entry = { resolved?: string; optionalDependencies?: Record<string, string> };
const packages = Object.entries(lockfile.packages as Record<string, Entry>);

test('the lockfile names no registry, so that npm ci asks the one that is configured', () => {
  expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});

test('the lockfile has every platform of its packages, or npm ci refuses it', () => {
  const present = new Set(packages.map(([path]) => path));
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !present.has(`${path}/node_modules/${name}`) && !present.has(`node_modules/${name}`),
    ),
  );
  expect(missing).toEqual([]);
});
