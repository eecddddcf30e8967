/** A product's picture, or a drawing when there is none or it does not load. */

import { useState } from 'react';
import { Placeholder } from './placeholder';

interface Props {
  product: { id: number; category: string; picture: string | null };
  isSmall?: boolean;
}

export function ProductPicture({ product, isSmall = false }: Props) {
  const [broken, setBroken] = useState<string>();
  const { id, category, picture } = product;

  if (picture === null || picture === broken) return <Placeholder id={id} category={category} />;
  const address = isSmall ? `${picture}${picture.includes('?') ? '&' : '?'}size=small` : picture;
  // The name of the product stands beside it, so a reader need not hear it twice.
  return (
    <img
      className="picture"
      src={address}
      alt=""
      loading="lazy"
      onError={() => setBroken(picture)}
    />
  );
}
