import * as z from 'zod';
import { nearName } from '../model/near-name.ts';
import { parseConnectionString } from '../store/connection/connection-string.ts';

const text = z.string('it must be a text in quotes').trim().min(1, 'it is empty');

const database = text.superRefine((value, issues) => {
  try {
    if (parseConnectionString(value)['password'] === undefined) return;
    issues.addIssue({ code: 'custom', message: 'it has a password in it', params: { secret: true } });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    issues.addIssue({ code: 'custom', message: error.message });
  }
});

const connection = {
  database: database.optional(),
  read_database: database.optional(),
  password_file: text.optional(),
  org: text.optional(),
};

const orgs = z.array(
  z
    .string('it must be a slug or an id in quotes')
    .trim()
    .regex(/^[a-z0-9-]{2,100}$/i, 'it is not the slug or the id of an organization'),
  'it must be a list: ["acme", …]',
);

/** Settings of a database are written next to it. */
const belonging = ['read_database', 'password_file', 'orgs'] as const;

function requireDatabase(
  given: { database?: string | undefined } & { [key in (typeof belonging)[number]]?: unknown },
  issues: z.RefinementCtx,
): void {
  if (given.database !== undefined) return;
  const found = belonging.find((key) => given[key] !== undefined);
  if (found === undefined) return;
  const message = 'it needs a database next to it';
  issues.addIssue({ code: 'custom', path: [found], message });
}

const inProfile = { ...connection, orgs: orgs.optional() };

const profile = z.strictObject(inProfile, 'it must be an object').superRefine(requireDatabase);

/** An organization listed by two profiles could be in either database. */
function requireOneProfileEach(
  profiles: Record<string, { orgs?: string[] | undefined }>,
  issues: z.RefinementCtx,
): void {
  const holders = new Map<string, string>();
  for (const [name, { orgs: listed = [] }] of Object.entries(profiles)) {
    for (const org of listed.map((each) => each.toLowerCase())) {
      const holder = holders.get(org) ?? name;
      holders.set(org, holder);
      if (holder === name) continue;
      const message = `${org} is in profiles.${holder}.orgs already: an organization is in one database`;
      issues.addIssue({ code: 'custom', path: [name, 'orgs'], message });
    }
  }
}

const shape = z
  .strictObject(
    {
      ...connection,
      profile: text.optional(),
      profiles: z
        .record(
          z.string().regex(/^[\w.-]+$/, 'a profile’s name has only letters, digits, “.”, “_” and “-”'),
          profile,
          'it must be an object',
        )
        .superRefine(requireOneProfileEach)
        .optional(),
    },
    'the file must be one object: { "database": …, "org": … }',
  )
  .superRefine(requireDatabase);

/** The content of a settings file. Paths as they were written. */
export type FileSettings = z.infer<typeof shape>;

/** The settings in a document, or its first problem; quotes no values except slugs of organizations. */
export function parseSettings(document: unknown): FileSettings | { problem: string; secret: boolean } {
  const parsed = shape.safeParse(document);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  // An exposed secret is more important than a mistyped key.
  const secret = issues.find(isSecret);
  const [issue] = secret === undefined ? issues : [secret];
  return {
    problem: issue === undefined ? 'it is not valid' : problemOf(issue),
    secret: secret !== undefined,
  };
}

type Issue = z.core.$ZodIssue;

function isSecret(issue: Issue): boolean {
  if (issue.code === 'unrecognized_keys') return issue.keys.some((key) => /^pass(?:word|wd)?$/i.test(key));
  return issue.code === 'custom' && issue.params?.['secret'] === true;
}

function problemOf(issue: Issue): string {
  const place = issue.path.map(String).join('.');
  if (issue.code === 'invalid_key') return `${place}: ${issue.issues[0]?.message ?? issue.message}`;
  if (issue.code !== 'unrecognized_keys') return place === '' ? issue.message : `${place}: ${issue.message}`;
  const key = (isSecret(issue) && issue.keys.find((each) => /^pass/i.test(each))) || issue.keys[0] || '';
  const name = place === '' ? key : `${place}.${key}`;
  if (isSecret(issue)) return `${name} holds a password`;
  const known = place === '' ? [...Object.keys(connection), 'profile', 'profiles'] : Object.keys(inProfile);
  const near = nearName(key, known, (each) => each.toLowerCase().replaceAll(/[-_ ]/g, ''));
  return `unknown setting ${name}${near === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${near}?`}`;
}
