import { expect, test } from 'vitest';
import { text } from '../strings';
import { errorOf } from './client';
import {
  fieldErrorsOf,
  isRefusal,
  NetworkError,
  requestIdOf,
  secondsLeft,
  sentenceOf,
} from './errors';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  return errorOf(new Response(null, { status, headers }), body);
}

test('every kind of failure has a sentence for people', () => {
  expect(sentenceOf(new NetworkError(''))).toBe(text.problems.network);
  expect(sentenceOf(new TypeError('a bug'))).toBe(text.problems.server);
  expect(sentenceOf(answer(401, {}))).toBe(text.problems.signedOut);
  expect(sentenceOf(answer(403, {}))).toBe("You don't have access to this");
  expect(sentenceOf(answer(404, {}))).toBe(text.problems.notFound);
  expect(sentenceOf(answer(422, {}))).toBe('This order was already sent with other items');
  expect(sentenceOf(answer(429, {}, { 'retry-after': '20' }))).toBe('Too many tries. Wait 20 s.');
  expect(sentenceOf(answer(500, { message: 'secret' }))).toBe(text.problems.server);
  expect(sentenceOf(answer(503, { code: 'UNAVAILABLE' }))).toBe(text.problems.unavailable);
  expect(sentenceOf(answer(403, { code: 'ACCOUNT_DISABLED' }))).toBe(text.problems.disabled);
  expect(sentenceOf(answer(400, { message: 'sellers cannot order their own products' }))).toBe(
    'sellers cannot order their own products',
  );
});

test('fields, prices and the id of the request are kept', () => {
  const error = answer(409, {
    code: 'PRICE_CHANGED',
    message: 'x',
    request_id: 'abcd1234',
    errors: [{ field: 'name', code: 'LENGTH', message: 'too long' }],
    lines: [{ product_id: 1, old_price: '999.99', new_price: '949.99' }],
  });

  expect(fieldErrorsOf(error).name?.message).toBe('too long');
  expect(error.details.prices).toEqual([{ productId: 1, oldCents: 99999, newCents: 94999 }]);
  expect(requestIdOf(error)).toBe('abcd1234');
});

test('a page of some gateway in between is an error as well', () => {
  const error = answer(502, null, { 'x-request-id': 'from-header' });

  expect(error.code).toBe('UNKNOWN');
  expect(requestIdOf(error)).toBe('from-header');
});

test('the wait after too many tries ends by the clock, and other failures have none', () => {
  const early = answer(429, {}, { 'retry-after': '6' });
  const left = (ms: number) => secondsLeft(early, early.at + ms);

  expect([left(0), left(4100), left(6000), left(60_000)]).toEqual([6, 2, 0, 0]);
  expect(secondsLeft(answer(503, {}, { 'retry-after': '6' }), 0)).toBe(0);
  expect(secondsLeft(undefined, 0)).toBe(0);
});

test('only a clear no is a refusal; everything else must be asked again', () => {
  for (const status of [400, 401, 409, 413, 422, 429])
    expect(isRefusal(answer(status, {}))).toBe(true);
  for (const status of [408, 500, 502, 503, 504]) expect(isRefusal(answer(status, {}))).toBe(false);
  expect(isRefusal(new NetworkError(''))).toBe(false);
});
