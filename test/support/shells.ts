import { spawnSync } from 'node:child_process';
import process from 'node:process';

const known = ['bash', 'zsh', 'fish'] as const;
export type InstalledShell = (typeof known)[number];

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

/**
 * The shells that completion is tested in: those of TEST_SHELLS, else those that are installed. `.ci/run` installs
 * what lacks and names all three, so that one that is missing there fails its tests; where nothing can be installed it
 * names what there is, and says so. Elsewhere a developer without fish is not kept from testing.
 */
export function shellsToTest(): InstalledShell[] {
  const named = process.env['TEST_SHELLS']?.split(/\s+/);
  return known.filter((shell) => (named === undefined ? isInstalled(shell) : named.includes(shell)));
}
