/** Adds an address or edits one; stays open on errors. */

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { type Address, addAddress, changeAddress, type SavedAddress } from '../api/addresses';
import { fieldErrorsOf, hasCode, sentenceOf } from '../api/errors';
import { Dialog } from '../components/dialog';
import { focusFirstInvalid } from '../components/focus';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';
import { AddressFields } from './address-fields';
import { type AddressErrors, checkAddress, EMPTY_ADDRESS, fieldOf, trimmed } from './address-rules';

interface Props {
  /** The one to edit; without one a new one is added. */
  saved?: SavedAddress | undefined;
  onSaved: () => void;
  onClose: () => void;
}

export function AddressDialog({ saved, onSaved, onClose }: Props) {
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const [address, setAddress] = useState<Address>(saved ?? EMPTY_ADDRESS);
  const [isDefault, setIsDefault] = useState(saved?.isDefault ?? false);
  const [errors, setErrors] = useState<AddressErrors>({});
  const show = (found: AddressErrors) => focusFirstInvalid(form, () => setErrors(found));
  const saving = useMutation({
    mutationFn: (typed: Address) =>
      saved ? changeAddress(saved.id, typed, isDefault) : addAddress(typed, isDefault),
    onSuccess: onSaved,
    onError: (error) => {
      const found = Object.values(fieldErrorsOf(error));
      show(Object.fromEntries(found.map(({ field, message }) => [fieldOf(field), message])));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = trimmed(address);
    const found = checkAddress(typed);
    show(found);
    if (Object.keys(found).length === 0 && !saving.isPending) saving.mutate(typed);
  };
  const isOther = saving.isError && !hasCode(saving.error, 'VALIDATION_ERROR');

  return (
    <Dialog
      heading={saved ? text.addresses.editTitle : text.addresses.addTitle}
      onClose={onClose}
      footer={
        <>
          <Button variant="outline-secondary" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" form={formId} disabled={saving.isPending}>
            {saving.isPending ? text.saving : text.save}
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} onSubmit={submit} noValidate>
        {isOther && <InlineAlert>{sentenceOf(saving.error)}</InlineAlert>}
        <AddressFields address={address} errors={errors} onChange={setAddress} />
        {/* The default stays one until another becomes it. */}
        {!saved?.isDefault && (
          <label className="form-check form-switch">
            <input
              type="checkbox"
              className="form-check-input"
              checked={isDefault}
              onChange={(event) => setIsDefault(event.target.checked)}
            />
            {text.addresses.useAsDefault}
          </label>
        )}
      </form>
    </Dialog>
  );
}
