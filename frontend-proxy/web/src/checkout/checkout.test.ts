import { expect, test } from 'vitest';
import { ApiError, NetworkError } from '../api/errors';
import { createStore } from '../store';
import { type Attempt, parseAttempt } from './attempt';
import { createCheckout, type Phase, type Surroundings } from './checkout';

const LINES = [{ productId: 1, priceCents: 100, quantity: 2 }];
const HOME = {
  name: 'Ada',
  line1: '12 Square',
  line2: '',
  city: 'London',
  postalCode: 'SW1Y',
  country: 'GB',
};
const ORDER = { key: 'k1', userId: 7, lines: LINES };

/** A checkout whose server answers one after the other with these: an order's id or a failure. */
function stage(...answers: (number | Error)[]) {
  const events: string[] = [];
  const phase = createStore<Phase>({ name: 'idle' });
  let stored: Attempt | undefined;
  let now = 1000;
  phase.subscribe(() => events.push(phase.get().name));
  const around: Surroundings = {
    phase,
    send: async (key, _, address) => {
      const to = address ? ` to ${address.name}` : '';
      events.push(`sent ${key}${to}${stored ? '' : ' without a note'}`);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (typeof answer !== 'number') throw answer;
      return answer;
    },
    load: () => stored,
    save: (attempt) => {
      stored = attempt;
    },
    forget: () => {
      stored = undefined;
    },
    wait: async (ms) => {
      events.push(`waited ${ms}`);
    },
    now: () => now,
    accepted: (key) => events.push(`accepted ${key}`),
  };
  const later = (ms: number) => {
    now += ms;
  };
  return { checkout: createCheckout(around), around, events, phase, later };
}

const LOST = new NetworkError('lost');
const RESTARTING = new ApiError(503, 'UNAVAILABLE', 'try again');

test('the note is written before anything is sent, and gone when the order stands', async () => {
  const { checkout, around, events, phase } = stage(12);

  await checkout.place(ORDER);

  expect(events).toEqual(['sending', 'sent k1', 'accepted k1', 'placed']);
  expect(phase.get()).toEqual({ name: 'placed', orderId: 12, wasChecking: false });
  expect(around.load()).toBeUndefined();
});

test('a lost answer is asked for with the same key', async () => {
  const { checkout, events, phase } = stage(LOST, RESTARTING, 12);

  await checkout.place(ORDER);

  expect(events.filter((event) => event.startsWith('sent'))).toEqual([
    'sent k1',
    'sent k1',
    'sent k1',
  ]);
  expect(phase.get()).toEqual({ name: 'placed', orderId: 12, wasChecking: true });
});

test('an order that is asked for again goes where it went at first', async () => {
  const { checkout, events } = stage(LOST, 12);

  await checkout.place({ ...ORDER, address: HOME });

  expect(events.filter((event) => event.startsWith('sent'))).toEqual([
    'sent k1 to Ada',
    'sent k1 to Ada',
  ]);
});

test('two clicks at once are one request', async () => {
  const { checkout, events } = stage(12);

  await Promise.all([checkout.place(ORDER), checkout.place(ORDER)]);

  expect(events.filter((event) => event.startsWith('sent'))).toHaveLength(1);
});

test('a refusal ends it, and the cart is not touched', async () => {
  const refusal = new ApiError(409, 'PRICE_CHANGED', 'prices changed');
  const { checkout, around, events, phase } = stage(refusal);

  await checkout.place(ORDER);

  expect(phase.get()).toEqual({ name: 'refused', error: refusal, wasChecking: false });
  expect(events).not.toContain('accepted k1');
  expect(around.load()).toBeUndefined();
});

test('too many requests after a lost answer say nothing about the order', async () => {
  const early = new ApiError(429, 'RATE_LIMITED', 'too many', { retryAfter: 6 });
  const { checkout, events, phase } = stage(LOST, early, 12);

  await checkout.place(ORDER);

  expect(events.filter((event) => event.startsWith('waited'))).toEqual([
    'waited 500',
    'waited 6000',
  ]);
  expect(phase.get()).toEqual({ name: 'placed', orderId: 12, wasChecking: true });
});

test('being signed out after a lost answer says nothing about the order', async () => {
  const { checkout, around, phase } = stage(LOST, new ApiError(401, 'UNAUTHORIZED', 'log in'), 12);

  await checkout.place(ORDER);
  expect(phase.get()).toEqual({ name: 'unknown' });
  expect(around.load()).toMatchObject(ORDER);

  await checkout.resume(7);
  expect(phase.get()).toEqual({ name: 'placed', orderId: 12, wasChecking: true });
});

test('when nobody answers the note stays, and a person may ask again', async () => {
  const { checkout, around, phase } = stage(LOST);
  await checkout.place(ORDER);
  expect(phase.get()).toEqual({ name: 'unknown' });
  expect(around.load()?.key).toBe('k1');

  around.send = async () => 12;
  await checkout.askAgain(7);

  expect(phase.get()).toEqual({ name: 'placed', orderId: 12, wasChecking: true });
});

test('an outcome can be dismissed as soon as it is known, and nothing before', async () => {
  const { checkout, phase } = stage(12);
  phase.subscribe(() => {
    if (phase.get().name !== 'idle') checkout.dismiss();
  });

  await checkout.place(ORDER);

  expect(phase.get()).toEqual({ name: 'idle' });
});

test('after a reload only the same person’s order is asked for, and only a fresh one', async () => {
  const { checkout, around, events, phase, later } = stage(12);
  around.save({ version: 1, sentAt: 1000, ...ORDER });

  await checkout.resume(8);
  expect(events).toEqual(['idle']);
  events.length = 0;

  later(11 * 60 * 1000);
  await checkout.resume(7);
  expect(events).toEqual(['unknown']);

  later(-11 * 60 * 1000);
  await checkout.resume(7);
  expect(phase.get()).toEqual({ name: 'placed', orderId: 12, wasChecking: true });
});

test('a stored note is one or is nothing', () => {
  const note: Attempt = { version: 1, sentAt: 5, ...ORDER };
  expect(parseAttempt(JSON.parse(JSON.stringify(note)))).toEqual(note);
  expect(parseAttempt({ ...note, address: HOME })).toEqual({ ...note, address: HOME });
  for (const rubbish of [
    null,
    {},
    { ...note, version: 2 },
    { ...note, lines: [] },
    { ...note, key: 1 },
    { ...note, address: { ...HOME, city: 1 } },
  ]) {
    expect(parseAttempt(rubbish)).toBeUndefined();
  }
});
