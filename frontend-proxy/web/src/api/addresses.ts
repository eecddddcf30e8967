/** The address book over HTTP. */

import { request } from './client';

export interface Address {
  name: string;
  line1: string;
  line2: string;
  city: string;
  postalCode: string;
  /** Two letters, as `DE`. */
  country: string;
}

export interface SavedAddress extends Address {
  id: number;
  isDefault: boolean;
}

export interface AddressBody {
  name: string;
  line1: string;
  line2: string | null;
  city: string;
  postal_code: string;
  country: string;
}

interface SavedBody extends AddressBody {
  id: number;
  is_default: boolean;
}

const PATH = '/api/auth/addresses';

export async function listAddresses(signal?: AbortSignal): Promise<SavedAddress[]> {
  const { items } = await request<{ items: SavedBody[] }>('GET', PATH, { signal });
  return items.map(savedOf);
}

export async function addAddress(address: Address, isDefault: boolean): Promise<SavedAddress> {
  const json = { ...bodyOf(address), is_default: isDefault };
  return savedOf((await request<{ address: SavedBody }>('POST', PATH, { json })).address);
}

export async function changeAddress(
  id: number,
  address: Address,
  isDefault: boolean,
): Promise<SavedAddress> {
  const json = { ...bodyOf(address), is_default: isDefault };
  const answer = await request<{ address: SavedBody }>('PATCH', `${PATH}/${id}`, { json });
  return savedOf(answer.address);
}

export async function deleteAddress(id: number): Promise<void> {
  await request('DELETE', `${PATH}/${id}`);
}

/** An empty second line removes the one that was there; nothing at all would keep it. */
export function bodyOf(address: Address): AddressBody {
  const { name, line1, line2, city, postalCode, country } = address;
  return { name, line1, line2, city, postal_code: postalCode, country };
}

export function addressOf(body: AddressBody): Address {
  const { name, line1, line2, city, country } = body;
  return { name, line1, line2: line2 ?? '', city, postalCode: body.postal_code, country };
}

function savedOf(body: SavedBody): SavedAddress {
  return { ...addressOf(body), id: body.id, isDefault: body.is_default };
}
