import sql from 'sql-template-tag';
import type { CustomerListing } from '../../model/customer.ts';
import type { CustomerMatch, SearchResult } from '../../model/customer-search.ts';
import type { Candidate, Ranked } from './rank.ts';
import { rankCandidates } from './rank.ts';
import { foldText } from './text.ts';
import type { Database } from '../connection/database.ts';
import { contactCount, customerRow } from '../customers/columns.ts';
import type { Candidates } from './candidates.ts';
import {
  byAnyPart,
  byEmail,
  byErpNumber,
  byFirstNames,
  byNameBeginning,
  byPhone,
  byWords,
  byWordsOfBoth,
  candidatesBy,
} from './candidates.ts';
import type { WordTokens } from './words.ts';
import { anyToken, findNearTokens, findTokens } from './words.ts';

/** More words than anybody says of a customer; those behind them are not looked for. */
const mostWords = 8;

/** With so many direct matches, near misses are left out. The same for every limit, so that the total is, too. */
const enough = 20;

export interface SearchRequest {
  orgId: string;
  text: string;
  limit: number;
}

/**
 * The customers that fit a text, the best first: exact matches, then beginnings, parts, near misses; then by name.
 *
 * First by the indexes on words, ERP numbers, emails and phones. When these give few (`enough`), also by words of
 * which some stand in the customer and others in a contact, and by words one typing mistake away, unless several
 * words are exactly what some customer is called; when nothing was found at all, by looking through ERP numbers and emails for the text as
 * a part. `total` counts what fits, unless that is more than is looked at (`mostCandidates` in each way): then those
 * that come first by name, and any of the others, are ranked.
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
  { orgId, text: given, limit }: SearchRequest,
): Promise<{ ranked: Ranked[]; complete: boolean }> {
  const text = given.trim().slice(0, 500);
  const words = foldText(text).split(' ').filter(Boolean).slice(0, mostWords);
  const isOneWord = !/\s/.test(text);
  const direct = await findTokens(database, { orgId, words });
  // Digits in groups are a phone number: as words, begun ones at that, they stand in a great many names.
  const isNumber = words.length > 1 && byPhone(orgId, text).length > 0;
  const conditions = isNumber ? undefined : wordsOf(words, [direct]);
  const first = await candidatesBy(database, orgId, [
    ...(conditions === undefined ? [] : byWords(orgId, conditions)),
    ...(text.length > 100 ? [] : [byErpNumber(orgId, text)]),
    ...(isOneWord && text.length >= 3 ? byEmail(orgId, text) : []),
    ...byPhone(orgId, text),
  ]);
  let found = first.found;
  let complete = first.complete && direct.complete;
  if (!first.complete && conditions !== undefined) {
    const begun = await candidatesBy(database, orgId, [
      byNameBeginning(orgId, nameBeginnings(text, direct), limit),
    ]);
    found = merged(found, begun.found);
    if (begun.found.length < limit) {
      found = merged(found, (await candidatesBy(database, orgId, [byFirstNames(orgId, conditions)])).found);
    }
  }
  let ranked = rankCandidates(text, found);
  const isKnown = words.length > 1 && ranked[0]?.tier === 'exact';
  const widen = async (more: Candidates) => {
    found = merged(found, more.found);
    complete &&= more.complete;
    ranked = rankCandidates(text, found);
  };
  const fewFound = () => complete && !isKnown && !isNumber && ranked.length < enough;
  if (conditions !== undefined && fewFound()) {
    await widen(await candidatesBy(database, orgId, byWordsOfBoth(orgId, conditions)));
  }
  if (fewFound() && !text.includes('@')) {
    const near = await findNearTokens(database, { orgId, words });
    const wider = near.tokens.some(({ size }) => size > 0) ? wordsOf(words, [direct, near]) : undefined;
    complete &&= near.complete;
    if (wider !== undefined) await widen(await candidatesBy(database, orgId, byWords(orgId, wider)));
  }
  if (ranked.length === 0 && isOneWord && text.length >= 3) {
    const last = await candidatesBy(database, orgId, byAnyPart(orgId, text));
    complete &&= last.complete;
    ranked = rankCandidates(text, last.found);
  }
  return { ranked, complete };
}

/** Each word with its tokens, undefined when there is a word that no customer has. */
function wordsOf(words: string[], sources: WordTokens[]): string[] | undefined {
  const known = words.flatMap((word, index) => {
    const tokens = new Set(sources.flatMap((source) => [...(source.tokens[index] ?? [])]));
    return anyToken(word, tokens) ?? [];
  });
  return words.length > 0 && known.length === words.length ? known : undefined;
}

/** How names that begin with the text may be written: as typed, and each spelling of one word in the usual cases. */
function nameBeginnings(text: string, { tokens }: WordTokens): string[] {
  const spellings =
    tokens.length === 1 ? [...(tokens[0] ?? [])].toSorted((a, b) => a.length - b.length).slice(0, 5) : [];
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

/** The customers of these matches, in their order. */
export async function listingsOf(
  database: Database,
  orgId: string,
  matches: { id: string; match: CustomerMatch['match'] }[],
): Promise<CustomerMatch[]> {
  if (matches.length === 0) return [];
  const listings = await database.query<CustomerListing>(sql`
    select ${customerRow},
      ${contactCount}
    from customer
    where customer.org_id = ${orgId}
    and customer.id = any(${matches.map(({ id }) => id)}::uuid[])`);
  const byId = new Map(listings.map((listing) => [listing.id, listing]));
  return matches.flatMap(({ id, match }) => {
    const listing = byId.get(id);
    return listing === undefined ? [] : [{ ...listing, match }];
  });
}
