/** The picture of a product: as it is, as it will be, and ways to change it. */

import { useEffect, useState } from 'react';
import Button from 'react-bootstrap/Button';
import type { Product } from '../api/products';
import { Field } from '../components/field';
import { ProductPicture } from '../components/product-picture';
import { text } from '../strings';
import { isPicture } from './listing-rules';
import type { PictureChange } from './save-listing';

interface Props {
  product: Product | undefined;
  change: PictureChange;
  error: string | undefined;
  onChange: (change: PictureChange, error: string | undefined) => void;
}

export function PictureField({ product, change, error, onChange }: Props) {
  const preview = useAddressOf(change);
  const existing = product?.picture && change === undefined ? product : undefined;

  return (
    <div className="picture-field">
      <Field label={text.selling.picture} help={text.selling.pictureHelp} error={error}>
        {(ids) => (
          <input
            {...ids}
            className="form-control"
            type="file"
            accept="image/png,image/jpeg,image/webp"
            onChange={(event) => {
              const file = event.target.files?.[0];
              const isFine = !file || isPicture(file);
              onChange(isFine ? file : undefined, isFine ? undefined : text.selling.pictureBad);
            }}
          />
        )}
      </Field>
      {preview && <img className="preview" src={preview} alt={text.selling.preview} />}
      {existing && (
        <div className="preview-row">
          <span className="thumb">
            <ProductPicture product={existing} isSmall />
          </span>
          <Button variant="outline-secondary" onClick={() => onChange('remove', undefined)}>
            {text.selling.pictureRemove}
          </Button>
        </div>
      )}
    </div>
  );
}

/** A blob: address of the chosen file, given back when it is no longer shown. */
function useAddressOf(change: PictureChange): string | undefined {
  const [address, setAddress] = useState<string>();

  useEffect(() => {
    if (!(change instanceof File)) return setAddress(undefined);
    const made = URL.createObjectURL(change);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [change]);

  return address;
}
