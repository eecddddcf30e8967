/** The only place that talks HTTP: same origin, cookies, a deadline, and errors as values with a type. */

import { parseCents } from '../money';
import { isRecord } from '../storage';
import { ApiError, type FieldError, NetworkError, type PriceLine } from './errors';

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

interface Options {
  json?: unknown;
  file?: File;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** No wait without an end. The proxy answers first when it can: it waits 12 s for an answer to begin, and
 * 60 s when a picture has to be sent before. The rest is for a slow network between it and the browser. */
const DEADLINE_MS = 31_000;
const UPLOAD_DEADLINE_MS = 61_000;

/** Here a 401 is an answer, as to a wrong password, and no word about the session. */
const OWN_401 = /^\/api\/auth\/(login|demo-login|signup|logout|refresh)$/;

/** What to do when a token turns out to be void for a request that was sent at this time; true means:
 * signed in again, repeat the request. */
type SignInAgain = (sentAt: number) => Promise<boolean>;

let signInAgain: SignInAgain = async () => false;

export function whenTokenIsVoid(handler: SignInAgain): void {
  signInAgain = handler;
}

/** Hears the status of every answer. */
type Listener = (path: string, status: number, retryAfter: number | undefined) => void;

let answered: Listener = () => undefined;

export function whenAnswered(listener: Listener): void {
  answered = listener;
}

/** The caller says what shape the answer has; the API's tests on the server keep that promise. */
export async function request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const sentAt = Date.now();
  try {
    return (await send(method, path, options)) as T;
  } catch (error) {
    const isVoid = error instanceof ApiError && error.status === 401 && !OWN_401.test(path);
    if (!isVoid || !(await signInAgain(sentAt))) throw error;
    return (await send(method, path, options)) as T;
  }
}

async function send(method: Method, path: string, options: Options): Promise<unknown> {
  const deadline = AbortSignal.timeout(options.file ? UPLOAD_DEADLINE_MS : DEADLINE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  let body: BodyInit | null = null;
  if (options.json !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(options.json);
  } else if (options.file) {
    headers['content-type'] = options.file.type || 'application/octet-stream';
    body = options.file;
  }
  try {
    const response = await fetch(path, {
      method,
      headers,
      body,
      signal,
      credentials: 'same-origin',
    });
    answered(path, response.status, retryAfterOf(response));
    const answer = await bodyOf(response);
    if (!response.ok) throw errorOf(response, answer);
    return answer;
  } catch (error) {
    if (error instanceof ApiError || options.signal?.aborted) throw error;
    throw new NetworkError(String(error));
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const answer = await response.text();
  try {
    return JSON.parse(answer);
  } catch (error) {
    // A page of some gateway in between: its status still says enough, unless it claims success.
    if (response.ok) throw error;
    return null;
  }
}

export function errorOf(response: Response, answer: unknown): ApiError {
  const body = isRecord(answer) ? answer : {};
  const requestId = body.request_id ?? response.headers.get('x-request-id');
  return new ApiError(
    response.status,
    typeof body.code === 'string' ? body.code : 'UNKNOWN',
    typeof body.message === 'string' ? body.message : response.statusText,
    {
      requestId: typeof requestId === 'string' ? requestId : undefined,
      fields: Array.isArray(body.errors) ? (body.errors as FieldError[]) : [],
      prices: Array.isArray(body.lines) ? body.lines.map(priceLine) : [],
      retryAfter: retryAfterOf(response),
    },
  );
}

/** In seconds; the date that it could be as well is nothing that our servers say. */
function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

function priceLine(line: { product_id: number; old_price: string; new_price: string }): PriceLine {
  return {
    productId: line.product_id,
    oldCents: parseCents(line.old_price) ?? 0,
    newCents: parseCents(line.new_price) ?? 0,
  };
}
