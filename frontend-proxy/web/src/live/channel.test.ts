import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Channel, openChannel } from './channel';

/** A socket that does what the test says. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: string }) => void) | undefined;
  onclose: ((event: { code: number }) => void) | undefined;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(message: string): void {
    this.sent.push(message);
  }
  close(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
}

let channel: Channel | undefined;
let states: boolean[];
let cursor: string;
let mayReturn: boolean;

function start(): void {
  channel = openChannel({
    url: () => `ws://mesh/ws?since=${cursor}`,
    onOpen: (send) => send({ watch: [1] }),
    onMessage: () => undefined,
    onOpenChange: (isOpen) => states.push(isOpen),
    beforeReconnect: ({ code }) => (code === 4401 ? Promise.resolve(mayReturn) : undefined),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  FakeSocket.all = [];
  states = [];
  cursor = 'a';
  mayReturn = false;
  start();
});

afterEach(() => {
  channel?.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('it says again what it wants, from where it was, each time it opens', () => {
  FakeSocket.last.open();
  expect(FakeSocket.last.sent).toEqual(['{"watch":[1]}']);
  FakeSocket.last.onmessage?.({ data: '{}' });
  cursor = 'b';
  FakeSocket.last.close();
  vi.advanceTimersByTime(1000);
  FakeSocket.last.open();

  expect(FakeSocket.all.map(({ url }) => url)).toEqual([
    'ws://mesh/ws?since=a',
    'ws://mesh/ws?since=b',
  ]);
  expect(FakeSocket.last.sent).toEqual(['{"watch":[1]}']);
  expect(states).toEqual([true, false]);
});

test('failures wait longer and longer', () => {
  FakeSocket.last.close();
  vi.advanceTimersByTime(999);
  expect(FakeSocket.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(2);
  FakeSocket.last.close();
  vi.advanceTimersByTime(1999);
  expect(FakeSocket.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(FakeSocket.all).toHaveLength(3);
});

test('a socket that only opens to close again was never open', () => {
  FakeSocket.last.open();
  FakeSocket.last.close();

  expect(states).toEqual([]);
});

test('a silent socket counts as open after a second', () => {
  FakeSocket.last.open();
  vi.advanceTimersByTime(1000);

  expect(states).toEqual([true]);
});

test('a message that cannot be read starts over', () => {
  FakeSocket.last.open();
  FakeSocket.last.onmessage?.({ data: 'nonsense' });
  vi.advanceTimersByTime(1000);

  expect(FakeSocket.all).toHaveLength(2);
});

test('the network coming back is a reason to try at once', () => {
  FakeSocket.last.close();
  window.dispatchEvent(new Event('online'));

  expect(FakeSocket.all).toHaveLength(2);
});

test('a token that was renewed brings it back', async () => {
  mayReturn = true;
  FakeSocket.last.open();
  FakeSocket.last.close(4401);
  expect(FakeSocket.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1000);

  expect(FakeSocket.all).toHaveLength(2);
});

test('a session that is over ends the tries', async () => {
  FakeSocket.last.open();
  FakeSocket.last.close(4401);
  await vi.advanceTimersByTimeAsync(120_000);

  expect(FakeSocket.all).toHaveLength(1);
});
