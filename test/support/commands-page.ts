import { run } from './run.ts';

/** docs/commands.md: every command's help, as `--help` prints it; the flags that all share stand once. */
export async function commandsPage(): Promise<string> {
  const top = await helpOf([]);
  const sections = await Promise.all(commandsIn(top).map((name) => sectionsOf([name], 2)));
  return [
    '# Commands',
    '',
    '<!-- Made of the help texts by `npm run docs`. -->',
    '',
    fenced(top),
    ...sections.flat(),
    '',
  ].join('\n');
}

async function sectionsOf(path: string[], level: number): Promise<string[]> {
  const help = await helpOf(path);
  const own = help
    .replace(/^Global flags:\n(?: .*\n)+\n?/m, '')
    .replace(/^Flags:\n {2}-h, --help +.*\n\n?/m, '');
  const below = await Promise.all(commandsIn(help).map((name) => sectionsOf([...path, name], level + 1)));
  return ['', `${'#'.repeat(level)} ${path.join(' ')}`, '', fenced(own), ...below.flat()];
}

async function helpOf(path: string[]): Promise<string> {
  const { exitCode, stdout } = await run([...path, '--help']);
  if (exitCode !== 0) throw new Error(`no help for ${path.join(' ')}`);
  return stdout;
}

function commandsIn(help: string): string[] {
  const listed = /^Commands:\n((?: .*\n)+)/m.exec(help)?.[1] ?? '';
  return [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name as string);
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
