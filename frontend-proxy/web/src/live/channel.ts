/** A WebSocket that comes back by itself. */

import { delayBefore } from './backoff';

export interface Channel {
  /** Sends now, or nothing when the socket is not open: `onOpen` says it again. */
  send: (message: unknown) => void;
  close: () => void;
}

/** How a try to connect ended. */
export interface End {
  /** What the server said; of no meaning when it never opened. */
  code: number;
  hasOpened: boolean;
  /** Milliseconds since 1970. */
  triedAt: number;
}

interface Options {
  /** Asked at every try, since what to resume from changes. */
  url: () => string;
  onOpen: (send: Channel['send']) => void;
  onMessage: (message: unknown) => void;
  /** Open means that the server has spoken, or has kept the socket for a while: one that opens only
   * to close again is none. */
  onOpenChange: (isOpen: boolean) => void;
  /** A try ended: nothing when a new one may follow, or what comes first; false ends the tries. */
  beforeReconnect?: (end: End) => Promise<boolean> | undefined;
}

/** The server pings in the protocol, which pages cannot see; a socket silent by TCP is found here. */
const OPEN_DEADLINE_MS = 10_000;
/** A silent socket that held this long counts as open. */
const SILENT_MS = 1000;
/** A connection that held this long was a good one, and the waits begin anew. */
const STABLE_MS = 5000;

export function openChannel(options: Options): Channel {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let isClosed = false;
  let isOpen = false;

  const report = (open: boolean): void => {
    if (open === isOpen) return;
    isOpen = open;
    options.onOpenChange(open);
  };
  const send: Channel['send'] = (message) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  function connect(): void {
    clearTimeout(timer);
    const current = new WebSocket(options.url());
    socket = current;
    const triedAt = Date.now();
    let openedAt = 0;
    let deadline = setTimeout(() => current.close(), OPEN_DEADLINE_MS);
    current.onopen = () => {
      clearTimeout(deadline);
      openedAt = Date.now();
      deadline = setTimeout(() => report(true), SILENT_MS);
      options.onOpen(send);
    };
    current.onmessage = (event) => {
      report(true);
      try {
        options.onMessage(JSON.parse(String(event.data)));
      } catch {
        // What cannot be read may be news: connect again and hear what has changed since.
        current.close();
      }
    };
    current.onclose = (event) => {
      clearTimeout(deadline);
      if (socket !== current || isClosed) return;
      socket = undefined;
      report(false);
      attempt = openedAt > 0 && Date.now() - openedAt > STABLE_MS ? 0 : attempt + 1;
      const first = options.beforeReconnect?.({
        code: event.code,
        hasOpened: openedAt > 0,
        triedAt,
      });
      if (!first) return retry();
      void first.then((mayReconnect) => (mayReconnect ? retry() : close()));
    };
  }

  function retry(): void {
    if (socket || isClosed) return;
    timer = setTimeout(connect, delayBefore(Math.max(0, attempt - 1)));
  }

  /** The network came back, or a person looks again: no reason to sit out the wait. */
  function hurry(): void {
    if (!socket && !isClosed && document.visibilityState === 'visible') connect();
  }

  function close(): void {
    isClosed = true;
    clearTimeout(timer);
    window.removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', hurry);
    socket?.close();
  }

  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  connect();
  return { send, close };
}

export function socketUrl(path: string): string {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
