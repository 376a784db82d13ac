import { expect, test } from 'vitest';
import { domainForms, emailForms, emailKey, isSameEmail, pastedEmail } from '../../src/model/email-key.ts';

test.for([
  ['info@müller.de', 'info@xn--mller-kva.de'],
  ['INFO@MÜLLER.DE', 'info@xn--mller-kva.de'],
  ['info@mu\u0308ller.de', 'info@xn--mller-kva.de'],
  ['info@XN--MLLER-KVA.de', 'info@xn--mller-kva.de'],
  ['käufer@müller.de', 'käufer@xn--mller-kva.de'],
  ['info@straße.de', 'info@xn--strae-oqa.de'],
  ['info@sub.例え.jp', 'info@sub.xn--r8jz45g.jp'],
  [' Info@Example.com ', 'info@example.com'],
  ['no domain', 'no domain'],
  ['ü@', 'ü@'],
  ['', ''],
] as const)('%j is compared as %j', ([email, key]) => {
  expect(emailKey(email)).toBe(key);
  expect(emailKey(key)).toBe(key);
  for (const form of emailForms(email)) expect(isSameEmail(form, email)).toBe(true);
});

test.for([
  ['info@müller.de', 'info@muller.de'],
  ['info@müller.de', 'info@mueller.de'],
  ['info@straße.de', 'info@strasse.de'],
  ['a@b.de', 'b@b.de'],
] as const)('%j is not %j', ([one, other]) => {
  expect(isSameEmail(one, other)).toBe(false);
});

test('both forms are looked for', () => {
  expect(emailForms('info@xn--mller-kva.de')).toEqual(['info@xn--mller-kva.de', 'info@müller.de']);
  expect(domainForms('Müller.de')).toEqual(['müller.de', 'xn--mller-kva.de']);
  expect(emailForms('a@b.de')).toEqual(['a@b.de']);
});

test.for([
  ['Anna <a@b.de>', 'a@b.de'],
  ['"B, Anna" <mailto:a@b.de>', 'a@b.de'],
  ['mailto:a@b.de?subject=x', 'a@b.de'],
  ['Anna [mailto:a@b.de]', 'a@b.de'],
  ['E-Mail: a@b.de', 'a@b.de'],
  ['a@b.de', 'a@b.de'],
  ['a < b', 'a < b'],
] as const)('%j is pasted for %j', ([text, email]) => {
  expect(pastedEmail(text)).toBe(email);
});
