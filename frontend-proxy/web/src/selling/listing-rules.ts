/** What the server demands of a product, said before it is asked. */

import type { Listing, Product } from '../api/products';
import { decimalOf, parseCents } from '../money';
import { CATEGORIES, text } from '../strings';

/** A product as it stands in the form. */
export interface ListingForm {
  name: string;
  price: string;
  category: string;
  quantity: string;
}

export type ListingErrors = Partial<Record<keyof ListingForm | 'picture', string | undefined>>;

const MAX_STOCK = 1_000_000;
const MAX_PICTURE_BYTES = 5 * 1024 * 1024;

export const EMPTY_FORM: ListingForm = {
  name: '',
  price: '',
  category: CATEGORIES[0] ?? '',
  quantity: '1',
};

export function formOf(product: Product): ListingForm {
  const { name, priceCents, category, quantity } = product;
  return { name, price: decimalOf(priceCents), category, quantity: String(quantity) };
}

/** The product, or what is wrong with each field. */
export function parseListing(form: ListingForm): { listing?: Listing; errors: ListingErrors } {
  const name = form.name.trim();
  const priceCents = parseCents(form.price);
  const quantity = parseUnits(form.quantity, 0);
  const isNameFine = name !== '' && [...name].length <= 255;
  if (isNameFine && priceCents && quantity !== undefined) {
    return { listing: { name, priceCents, category: form.category, quantity }, errors: {} };
  }
  return {
    errors: {
      name: isNameFine ? undefined : text.selling.nameBad,
      price: priceCents ? undefined : text.selling.priceBad,
      quantity: quantity === undefined ? text.selling.quantityBad : undefined,
    },
  };
}

/** A whole number from `least` to a million. */
export function parseUnits(value: string, least: number): number | undefined {
  if (!/^\d{1,7}$/.test(value.trim())) return undefined;
  const units = Number(value);
  return units >= least && units <= MAX_STOCK ? units : undefined;
}

/** Only a first look at it: the server looks at the content. */
export function isPicture(file: File): boolean {
  return /^image\/(png|jpeg|webp)$/.test(file.type) && file.size <= MAX_PICTURE_BYTES;
}
