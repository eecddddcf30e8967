/** Saving a product with its picture: two requests, of which the second may fail alone. */

import {
  changeProduct,
  createProduct,
  deletePicture,
  type Listing,
  type Product,
  putPicture,
} from '../api/products';

/** What shall become of the picture; undefined leaves it. */
export type PictureChange = File | 'remove' | undefined;

export interface Saved {
  product: Product;
  isPictureSaved: boolean;
}

/** `version` of undefined overwrites whatever others changed meanwhile. */
export async function saveListing(
  listing: Listing,
  picture: PictureChange,
  product: Product | undefined,
  version: number | undefined,
): Promise<Saved> {
  const saved = product
    ? await changeProduct(product.id, listing, version)
    : await createProduct(listing);
  if (picture === undefined) return { product: saved, isPictureSaved: true };
  try {
    const pictured =
      picture === 'remove' ? await deletePicture(saved.id) : await putPicture(saved.id, picture);
    return { product: pictured, isPictureSaved: true };
  } catch {
    return { product: saved, isPictureSaved: false };
  }
}
