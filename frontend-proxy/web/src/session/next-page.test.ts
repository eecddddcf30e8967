import { expect, test } from 'vitest';
import { loginPath, nextPage } from './next-page';

test('a login leads back, and only within the shop', () => {
  const after = (next: string) => nextPage(new URLSearchParams({ next }));

  expect(after('/cart')).toBe('/cart');
  expect(after('/orders?page=2')).toBe('/orders?page=2');
  for (const trick of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:1',
    '',
    '/login',
  ]) {
    expect(after(trick)).toBe('/');
  }
  expect(loginPath('/orders?page=2')).toBe('/login?next=%2Forders%3Fpage%3D2');
});
