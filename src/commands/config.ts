import path from 'node:path';
import type { Command } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../render/help.ts';
import type { ShownFile, ShownSetting } from '../render/settings.ts';
import { renderSettings } from '../render/settings.ts';
import type { Settings } from '../settings/settings.ts';
import { projectFileName, userFilePath } from '../settings/settings-files.ts';
import type { ConnectionTarget } from '../store/connection/target.ts';
import { resolveReadTarget, resolveTarget } from '../store/connection/resolve-target.ts';
import { describeTarget } from '../store/connection/target.ts';
import { addOrgOfProfile } from './options/org-option.ts';

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  addHelp(command, {
    examples: ['orderflow-customers config show', 'orderflow-customers config show --profile prod'],
  });
  const showing = addOrgOfProfile(command.command('show'))
    .summary('Show each setting and its source')
    .description(
      'Show each setting with its value and source: a flag, the environment, the project’s ' +
        'orderflow-customers.json, or the user’s config.json. Does not connect to the database, and never shows passwords.\n' +
        'Piped: setting, value and source, separated by tabs.',
    )
    .action(() => show(context));
  addHelp(showing, {
    exitCodes: exitCodes([0, 2]),
    examples: [
      'orderflow-customers config show',
      'orderflow-customers config show --org acme',
      'orderflow-customers config show --profile prod --json',
    ],
  });
}

async function show(context: Context): Promise<void> {
  const { io, options } = context;
  const settings = await context.settings();
  const { env, homeDirectory } = io;
  const sources = { flag: options.database, stored: settings.connection, env, homeDirectory };
  const target = await resolveTarget(sources);
  const reader = await resolveReadTarget(sources);
  const shown: ShownSetting[] = [
    { name: 'profile', value: settings.profile?.value ?? null, source: settings.profile?.source ?? null },
    {
      name: 'database',
      value: target === undefined ? 'embedded database' : describeTarget(target),
      source: target?.source ?? null,
    },
    ...(reader === undefined
      ? []
      : [{ name: 'read_database', value: describeTarget(reader), source: reader.source }]),
    { name: 'password', value: passwordOf(target), source: target?.passwordSource ?? null },
    options.org === undefined
      ? { name: 'org', value: settings.org?.value ?? null, source: settings.org?.source ?? null }
      : { name: 'org', value: options.org, source: '--org' },
  ];
  const result = { ok: true, settings: shown, files: filesOf(settings, io) };
  context.print({ json: result, text: (style) => renderSettings(result, style) });
}

function passwordOf(target: ConnectionTarget | undefined): string | null {
  if (target?.ignoredPasswordFile !== undefined)
    return `not read: others may read ${target.ignoredPasswordFile}`;
  return target?.password === undefined ? null : 'given';
}

function filesOf({ files }: Settings, io: Context['io']): ShownFile[] {
  const usual = { project: path.join(io.cwd, projectFileName), user: userFilePath(io) };
  return (['project', 'user'] as const).map((kind) => {
    const found = files.find((file) => file.kind === kind);
    const profiles = Object.entries(found?.settings.profiles ?? {});
    return {
      kind,
      path: found?.path ?? usual[kind],
      exists: found !== undefined,
      profiles: profiles.map(([name]) => name),
      orgs: Object.fromEntries(
        profiles.flatMap(([name, { orgs = [] }]) => orgs.map((org) => [org, name] as const)),
      ),
    };
  });
}
