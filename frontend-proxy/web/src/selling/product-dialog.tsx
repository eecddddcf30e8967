/** Adds a product or edits one. Stays open on errors, and asks before it throws away what was typed. */

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { fieldErrorsOf, hasCode, sentenceOf } from '../api/errors';
import type { Product } from '../api/products';
import { Dialog } from '../components/dialog';
import { focusFirstInvalid } from '../components/focus';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';
import { EMPTY_FORM, formOf, type ListingErrors, parseListing } from './listing-rules';
import { PictureField } from './picture-field';
import { ProductFields } from './product-fields';
import { type PictureChange, type Saved, saveListing } from './save-listing';
import { StaleNote } from './stale-note';

interface Props {
  /** The product to edit; without one a new product is added. */
  product?: Product | undefined;
  onSaved: (saved: Saved) => void;
  onClose: () => void;
  /** Opens the dialog anew with what the server has. */
  onReload: () => void;
}

export function ProductDialog({ product, onSaved, onClose, onReload }: Props) {
  const formId = useId();
  const element = useRef<HTMLFormElement>(null);
  const initial = product ? formOf(product) : EMPTY_FORM;
  const [form, setForm] = useState(initial);
  const [picture, setPicture] = useState<PictureChange>();
  const [errors, setErrors] = useState<ListingErrors>({});
  const [isAsking, setIsAsking] = useState(false);
  const show = (found: ListingErrors) => focusFirstInvalid(element, () => setErrors(found));
  const saving = useMutation({
    mutationFn: async (version: number | undefined) => {
      const { listing, errors: found } = parseListing(form);
      if (!listing) return show(found);
      onSaved(await saveListing(listing, picture, product, version));
    },
    onError: (error) => {
      const found = Object.entries(fieldErrorsOf(error));
      show(Object.fromEntries(found.map(([field, { message }]) => [field, message])));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!saving.isPending && !errors.picture) saving.mutate(product?.version);
  };
  const isDirty = picture !== undefined || JSON.stringify(form) !== JSON.stringify(initial);
  const close = () => (isDirty && !isAsking ? setIsAsking(true) : onClose());
  const isStale = hasCode(saving.error, 'STALE_VERSION');
  const isOther = saving.isError && !isStale && !hasCode(saving.error, 'VALIDATION_ERROR');

  return (
    <Dialog
      heading={product ? text.selling.editTitle(product.name) : text.selling.addTitle}
      onClose={close}
      footer={
        isAsking ? (
          <>
            <p className="footer-question" role="alert">
              {text.selling.discard}
            </p>
            <Button variant="outline-secondary" autoFocus onClick={() => setIsAsking(false)}>
              {text.selling.discardNo}
            </Button>
            <Button variant="danger" onClick={onClose}>
              {text.selling.discardYes}
            </Button>
          </>
        ) : (
          <>
            <Button variant="outline-secondary" onClick={close}>
              {text.cancel}
            </Button>
            <Button type="submit" form={formId} disabled={saving.isPending}>
              {saving.isPending ? text.saving : text.save}
            </Button>
          </>
        )
      }
    >
      <form id={formId} ref={element} onSubmit={submit} noValidate>
        {isStale && <StaleNote onKeepMine={() => saving.mutate(undefined)} onReload={onReload} />}
        {isOther && <InlineAlert>{sentenceOf(saving.error)}</InlineAlert>}
        <ProductFields form={form} errors={errors} onChange={setForm} />
        <PictureField
          product={product}
          change={picture}
          error={errors.picture}
          onChange={(change, error) => {
            setPicture(change);
            setErrors({ ...errors, picture: error });
          }}
        />
      </form>
    </Dialog>
  );
}
