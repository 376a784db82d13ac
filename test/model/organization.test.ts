import { expect, test } from 'vitest';
import { isUuid, parseOrganizationName, parseSlug } from '../../src/model/organization.ts';

test.each(['acme', 'a1', '42-x', 'x'.repeat(100)])('%s is a slug', (slug) => {
  expect(parseSlug(slug)).toBe(slug);
});

test.each([
  ['Acme', 'acme'],
  ['Müller & Söhne GmbH', 'muller-sohne-gmbh'],
  ['acme_at', 'acme-at'],
  ['Straße', 'strasse'],
  [' acme', 'acme'],
  ['acme\n', 'acme'],
])('for %j it asks whether %s was meant', (text, meant) => {
  expect(parseSlug(text)).toMatchObject({ code: 'invalid_slug', hint: `did you mean ${meant}?` });
});

test.each(['', 'a', '日本'])('%j is not a slug', (text) => {
  expect(parseSlug(text)).not.toHaveProperty('hint');
  expect(parseSlug(text)).toMatchObject({ code: 'invalid_slug' });
});

test('a name has 1 to 200 characters', () => {
  expect(parseOrganizationName(' Acme AG ')).toBe('Acme AG');
  expect(parseOrganizationName('ä'.repeat(200))).toBe('ä'.repeat(200));
  expect(parseOrganizationName('ä'.repeat(201))).toMatchObject({ code: 'too_long' });
  expect(parseOrganizationName(' ')).toMatchObject({ code: 'name_required' });
});

test('an id is distinguished from a slug', () => {
  expect(isUuid('01890a5d-ac96-774b-bcce-b302099a8057')).toBe(true);
  expect(isUuid('01890A5D-AC96-774B-BCCE-B302099A8057')).toBe(true);
  for (const text of [
    'acme',
    '01890a5d',
    '01890a5d-ac96-774b-bcce-b302099a8057-x',
    '01890a5dac96774bbcceb302099a8057',
  ]) {
    expect(isUuid(text)).toBe(false);
  }
});
