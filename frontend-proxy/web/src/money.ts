/** Money as whole cents: sums of decimals are then exact. */

const FORM = /^(\d{1,8})(?:\.(\d{1,2}))?$/;
const MOST_CENTS = 9_999_999_999;
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** `1049.98` is 104998; undefined when the text is not an amount with at most two decimals. */
export function parseCents(decimal: string): number | undefined {
  const match = FORM.exec(decimal.trim());
  if (!match) return undefined;
  const cents = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return cents <= MOST_CENTS ? cents : undefined;
}

/** The decimal text that the API takes: 104998 is `1049.98`. */
export function decimalOf(cents: number): string {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

/** As people read it: 104998 is `$1,049.98`. */
export function formatCents(cents: number): string {
  return dollars.format(cents / 100);
}
