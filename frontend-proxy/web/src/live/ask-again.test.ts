import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, test } from 'vitest';
import { askAgain } from './ask-again';

const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });

afterEach(() => client.clear());

/** A list on screen whose answers the test gives, one by one. */
function show(...queryKey: string[]) {
  const asked: { answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const queryFn = () =>
    new Promise<string>((answer, fail) => {
      asked.push({ answer, fail });
    });
  const observer = new QueryObserver(client, { queryKey, queryFn });
  observer.subscribe(() => undefined);
  const shown = () => observer.getCurrentResult().data;
  const failed = () => observer.getCurrentResult().isError;
  return { asked, shown, failed };
}

test('a first answer that is older than the news is shown, and asked for once more', async () => {
  const { asked, shown } = show('orders', 'list');

  void askAgain(client, ['orders']);
  void askAgain(client, ['orders']);
  expect(asked).toHaveLength(1);
  asked[0]?.answer('old');

  await expect.poll(() => asked.length).toBe(2);
  expect(shown()).toBe('old');
  asked[1]?.answer('new');
  await expect.poll(shown).toBe('new');
  expect(asked).toHaveLength(2);
});

test('an answer is asked for again at once when there is one already', async () => {
  const { asked, shown } = show('orders', 'list');
  asked[0]?.answer('old');
  await expect.poll(shown).toBe('old');

  const done = askAgain(client, ['orders']);

  expect(asked).toHaveLength(2);
  asked[1]?.answer('new');
  await done;
  expect(shown()).toBe('new');
});

test('a first answer that failed stays a failure, whatever the news', async () => {
  const { asked, failed } = show('orders', 'list');

  void askAgain(client, ['orders']);
  asked[0]?.fail(new Error('lost'));
  await expect.poll(failed).toBe(true);
  await askAgain(client, ['orders']);

  expect(failed()).toBe(true);
  expect(asked).toHaveLength(1);
});

test('lists that the news are not about are left alone', async () => {
  const { asked } = show('sales', '1');

  await askAgain(client, ['orders']);
  asked[0]?.answer('fine');

  expect(asked).toHaveLength(1);
});
