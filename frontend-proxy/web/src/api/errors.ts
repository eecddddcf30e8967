/** What can go wrong with a request, and the sentence that people read about it. */

import { text } from '../strings';

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface PriceLine {
  productId: number;
  oldCents: number;
  newCents: number;
}

/** The server answered, and the answer is no. */
export class ApiError extends Error {
  /** When it was told (milliseconds since 1970). */
  readonly at = Date.now();

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: {
      requestId?: string | undefined;
      fields?: FieldError[];
      /** Of `PRICE_CHANGED`. */
      prices?: PriceLine[];
      /** Seconds that the server asks to wait. */
      retryAfter?: number | undefined;
    } = {},
  ) {
    super(message);
  }
}

/** Seconds. */
const DEFAULT_WAIT = 30;

/** No answer arrived: what was asked for may have happened or not. */
export class NetworkError extends Error {}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

export function hasCode(error: unknown, code: string): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

/** Seconds that had to pass before one may try again, where the server says so or not. */
export function retryAfterOf(error: unknown): number {
  return (error instanceof ApiError && error.details.retryAfter) || DEFAULT_WAIT;
}

/** Seconds that are left of them after an answer of «too many»; 0 after any other. */
export function secondsLeft(error: unknown, now: number): number {
  if (!(error instanceof ApiError) || error.status !== 429) return 0;
  return Math.max(0, Math.ceil((error.at - now) / 1000 + retryAfterOf(error)));
}

/** Whether the request certainly changed nothing; otherwise it must be asked again to know. */
export function isRefusal(error: unknown): error is ApiError {
  return (
    error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408
  );
}

export function sentenceOf(error: unknown): string {
  if (error instanceof NetworkError) return text.problems.network;
  if (!(error instanceof ApiError)) return text.problems.server;
  if ([502, 503, 504].includes(error.status)) return text.problems.unavailable;
  if (error.status >= 500) return text.problems.server;
  if (error.code === 'ACCOUNT_DISABLED') return text.problems.disabled;
  if (error.code === 'DEMO_ACCOUNT') return text.account.shared;
  switch (error.status) {
    case 401:
      return text.problems.signedOut;
    case 403:
      return text.problems.forbidden;
    case 404:
      return text.problems.notFound;
    case 413:
      return text.problems.tooLarge;
    case 422:
      return text.problems.keyReused;
    case 429:
      return text.problems.tooMany(retryAfterOf(error));
    default:
      return error.message;
  }
}

export function requestIdOf(error: unknown): string | undefined {
  return error instanceof ApiError ? error.details.requestId : undefined;
}

/** Messages by the name of their field. */
export function fieldErrorsOf(error: unknown): Record<string, FieldError> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries((error.details.fields ?? []).map((field) => [field.field, field]));
}
