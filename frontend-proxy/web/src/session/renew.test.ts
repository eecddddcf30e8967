import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renewSession } from '../api/session';
import { renew } from './renew';

vi.mock('../api/session', () => ({ renewSession: vi.fn() }));

const asked = vi.mocked(renewSession);

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000 });
  localStorage.clear();
  asked.mockReset();
  asked.mockResolvedValue(true);
});

afterEach(() => vi.useRealTimers());

/** With the time that tabs without locks take. */
async function renewed(sentAt: number): Promise<boolean> {
  const answer = renew(sentAt);
  answer.catch(() => undefined);
  await vi.runAllTimersAsync();
  return answer;
}

test('many requests that found the token void ask for one new token', async () => {
  const answers = await Promise.all([renewed(9000), renewed(9500)]);

  expect(answers).toEqual([true, true]);
  expect(asked).toHaveBeenCalledTimes(1);
});

test('a token that another tab got since the request counts', async () => {
  localStorage.setItem('renewed-at', '9500');

  expect(await renewed(9000)).toBe(true);
  expect(asked).not.toHaveBeenCalled();
});

test('a token that was there when the request was sent is not enough', async () => {
  localStorage.setItem('renewed-at', '8000');

  expect(await renewed(9000)).toBe(true);
  expect(asked).toHaveBeenCalledTimes(1);
});

test('a time in the future, or none at all, is not believed', async () => {
  for (const rubbish of ['999999', '"soon"', '{bad']) {
    localStorage.setItem('renewed-at', rubbish);
    await renewed(9000);
  }

  expect(asked).toHaveBeenCalledTimes(3);
});

test('a session that is over is remembered as nothing', async () => {
  asked.mockResolvedValue(false);

  expect(await renewed(9000)).toBe(false);
  expect(localStorage.getItem('renewed-at')).toBeNull();
});

test('when nobody can say, the next one asks again', async () => {
  asked.mockRejectedValueOnce(new Error('503'));

  await expect(renewed(9000)).rejects.toThrow('503');
  expect(await renewed(9000)).toBe(true);
});
