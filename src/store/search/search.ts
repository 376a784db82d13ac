import sql from 'sql-template-tag';
import type { SearchResult } from '../../model/customer-search.ts';
import type { Candidate, Ranked } from './rank.ts';
import { isClear, rankCandidates } from './rank.ts';
import type { Database } from '../connection/database.ts';
import type { Scope, Way } from './candidates.ts';
import { candidatesBy } from './candidates.ts';
import {
  byAnyOfWords,
  byAnyPart,
  byEmail,
  byErpNumber,
  byFirstNames,
  byNameBeginning,
  byPhone,
  byPhonePart,
  byWords,
  byWordsOfBoth,
} from './ways.ts';
import { listingsOf } from './listings.ts';
import { readPhone } from './phone.ts';
import { byPlace } from './places.ts';
import { otherReadings, piecesOf, wordsOf } from './readings.ts';
import { readTyped, streetWord } from './typed.ts';
import type { WordTokens } from './words.ts';
import { findNearTokens, findTokens } from './words.ts';

/**
 * With this many direct matches, near misses are omitted. The same for every limit, so that the total is
 * stable.
 */
const enough = 20;

export interface SearchRequest extends Scope {
  text: string;
  limit: number;
}

/**
 * The customers that fit a text, the best first: exact matches, then beginnings, parts, near misses; then by
 * name. The first step uses the indexes on words, ERP numbers, emails and phones. If these return few
 * (`enough`), the second adds combinations of words in the customer and in a contact, and words one typo
 * away, unless several words are exactly the name of some customer. If nothing is found at all, ERP numbers
 * and emails are scanned for the text as a part. `total` counts the matches, unless there are more than are
 * ranked (`mostCandidates` in each way): then the first by name and an arbitrary selection of the others are
 * ranked.
 */
export async function searchCustomers(database: Database, request: SearchRequest): Promise<SearchResult> {
  return database.transaction(async () => {
    // Starting workers or compiling expressions takes longer than a search.
    await database.execute(sql`
      select set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`);
    const { ranked, complete } = await rankedMatches(database, request);
    const items = await listingsOf(database, request.orgId, ranked.slice(0, request.limit));
    return { items, total: ranked.length, total_is_exact: complete };
  });
}

async function rankedMatches(
  database: Database,
  { text: given, limit, ...scope }: SearchRequest,
): Promise<{ ranked: Ranked[]; complete: boolean }> {
  const read = readTyped(given);
  const { text, number, words, core, joined } = read;
  const phone = await readPhone(text);
  const typed = { ...read, phone };
  const isOneWord = !/\s/.test(text);
  const direct = await findTokens(database, { orgId: scope.orgId, words, joined, pieces: piecesOf(words) });
  // Digits in groups are a phone number: as words, and prefixes at that, they occur in a great many names.
  const isNumber = words.length > 1 && phone !== undefined;
  const conditions = isNumber ? undefined : wordsOf(words, [direct]);
  const own = [
    ...(text.length > 100 ? [] : [byErpNumber(scope, number)]),
    ...(isOneWord && text.length >= 3 ? byEmail(scope, text) : []),
    ...byPhone(scope, phone),
  ];
  // Without the legal form they are as rare, and the same company is found under another one.
  const wide =
    core.length > 1 && core.length < words.length && !isNumber ? wordsOf(core, [direct]) : undefined;
  const byOwnWords = (some: string[] | undefined) => (some === undefined ? [] : byWords(scope, some));
  let first = await candidatesBy(database, scope, [...byOwnWords(wide ?? conditions), ...own]);
  if (wide !== undefined && !first.complete) {
    first = await candidatesBy(database, scope, [...byOwnWords(conditions), ...own]);
  }
  let found = first.found;
  let complete = first.complete && direct.complete;
  if (!first.complete && conditions !== undefined) {
    const begun = await candidatesBy(database, scope, [
      byNameBeginning(scope, nameBeginnings(text, direct, words), limit),
    ]);
    found = merged(found, begun.found);
    if (begun.found.length < limit) {
      found = merged(found, (await candidatesBy(database, scope, [byFirstNames(scope, conditions)])).found);
    }
  }
  let ranked: Ranked[] = [];
  const widen = async (ways: Way[]) => {
    const more = await candidatesBy(database, scope, ways);
    found = merged(found, more.found);
    complete &&= more.complete;
    ranked = rankCandidates(typed, found);
  };
  const others = isNumber ? [] : otherReadings(typed, direct);
  if (others.length > 0) await widen(byAnyOfWords(scope, others));
  else ranked = rankCandidates(typed, found);
  // A prefix of a number: no index covers what follows it.
  if (phone?.isWritten && complete && ranked[0]?.tier !== 'exact') {
    await widen([byPhonePart(scope, phone)]);
  }
  const isKnown = words.length > 1 && ranked[0]?.tier === 'exact';
  const fewFound = () => complete && !isKnown && !isNumber && ranked.length < enough;
  if (conditions !== undefined && fewFound()) await widen(byWordsOfBoth(scope, conditions));
  if (core.length === 1 && core.length < words.length && fewFound()) {
    await widen(byOwnWords(wordsOf(core, [direct])));
  }
  if (fewFound() && !text.includes('@')) {
    const near = await findNearTokens(database, { orgId: scope.orgId, words });
    const wider = isSome(near) ? wordsOf(words, [direct, near]) : undefined;
    complete &&= near.complete;
    if (wider !== undefined) await widen(byWords(scope, wider));
  }
  if (typed.isPlace && !isNumber && !ranked.some((each) => isClear(each, words))) {
    const known = words.filter((word) => isName(word) && (direct.tokens.get(word)?.size ?? 0) > 0);
    const named = wordsOf(known, [direct]);
    if (named !== undefined) await widen([byPlace(scope.orgId, { words, named })]);
    if (!ranked.some((each) => isClear(each, words))) await widen([byPlace(scope.orgId, { words })]);
  }
  if (ranked.length === 0 && (isOneWord || /^\p{L}{1,3}[\s-]\S*\d/u.test(text)) && text.length >= 3)
    await widen(byAnyPart(scope, text));
  return { ranked, complete };
}

function isSome({ tokens }: WordTokens): boolean {
  return [...tokens.values()].some(({ size }) => size > 0);
}

/** A word that may belong to a name or a city, rather than to a street. */
function isName(word: string): boolean {
  return /^\D{3,}$/.test(word) && !streetWord.test(word);
}

/**
 * Possible spellings of names that begin with the text: as typed, and each spelling of one word in the usual
 * cases.
 */
function nameBeginnings(text: string, { tokens }: WordTokens, words: string[]): string[] {
  const spellings =
    words.length === 1
      ? [...(tokens.get(words[0] ?? '') ?? [])].toSorted((a, b) => a.length - b.length).slice(0, 5)
      : [];
  return [
    ...new Set(
      [text, ...spellings].flatMap((each) => [
        each,
        each.toLowerCase(),
        each.toUpperCase(),
        each.replaceAll(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase()),
      ]),
    ),
  ];
}

function merged(some: Candidate[], others: Candidate[]): Candidate[] {
  return [...new Map([...some, ...others].map((candidate) => [candidate.id, candidate])).values()];
}
