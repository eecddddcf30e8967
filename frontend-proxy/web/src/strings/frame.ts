/** Words around every page, and those that many pages say. */

import { count } from './count';

const FORBIDDEN = "You don't have access to this";

export const frame = {
  brand: 'Mesh',
  tagline: 'Many sellers, one basket, every order live.',
  skip: 'Skip to content',
  menu: 'Menu',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved',
  required: 'Fill this in',
  tryAgain: 'Try again',
  dismiss: 'Dismiss',
  undo: 'Undo',
  toShop: 'Go to the shop',
  loading: 'Loading…',
  title: (page: string) => `${page} · Mesh`,
  requestId: (id: string) => `Request ${id}`,
  nav: {
    label: 'Main',
    shop: 'Shop',
    products: 'My products',
    sales: 'Sales',
    orders: 'Orders',
    login: 'Log in',
    signup: 'Sign up',
    logout: 'Log out',
    account: 'Account',
    admin: 'Admin',
    cart: (n: number) => (n === 0 ? 'Cart' : `Cart, ${count(n, 'item', 'items')}`),
    cartShort: 'Cart',
    profile: (name: string) => `Profile of ${name}`,
    darkTheme: 'Dark theme',
  },
  footer: {
    version: (version: string, commit: string) => `Version ${version}, commit ${commit}`,
    api: 'API for programs',
    about: 'An open marketplace on Redis Streams. MIT licensed.',
  },
  newVersion: {
    told: 'A new version is available.',
    reload: 'Reload',
  },
  problems: {
    heading: 'Something went wrong',
    network: 'We could not reach the shop. Check your connection.',
    server: 'The shop had a problem. Nothing you typed is lost.',
    unavailable: 'This part of the shop takes a break. Nothing you typed is lost.',
    disabled: 'This account is disabled. Ask the shop.',
    forbidden: FORBIDDEN,
    notFound: 'This is not here any more.',
    tooMany: (seconds: number) => `Too many tries. Wait ${seconds} s.`,
    keyReused: 'This order was already sent with other items',
    signedOut: 'Please log in again',
    fields: (n: number) => `${count(n, 'field needs', 'fields need')} attention`,
    tooLarge: 'This is too large to send.',
  },
  notFound: {
    heading: '404 – Page not found',
    body: 'The address may be mistyped, or what was here is gone.',
  },
  noAccess: {
    heading: FORBIDDEN,
    body: 'This page is for those who run the shop.',
  },
  crash: {
    heading: 'This page stopped working',
    body: 'Reloading usually helps. Your cart is kept.',
    reload: 'Reload the page',
  },
  live: {
    reconnecting: (clock: string) => `Reconnecting… showing data from ${clock}`,
    ordersUpdated: (n: number) => `${n} orders updated`,
    orderCompleted: (id: number) => `Order ${id} completed`,
    orderFailed: (id: number) => `Order ${id} failed`,
    newSale: (quantity: number, name: string) => `New sale: ${quantity} × ${name}`,
    newSales: (n: number) => `${n} new sales`,
  },
  outage: {
    told: (parts: ('auth' | 'products' | 'orders')[]) => {
      const names = { auth: 'Accounts', products: 'Products', orders: 'Orders' };
      const away = parts.map((part) => names[part]).join(' and ');
      return `${away} take a break. The rest of the shop works; we keep trying.`;
    },
  },
  demo: {
    label: 'Live demo',
    seller: 'Live demo: seller',
    buyer: 'Live demo: buyer',
    note: (name: string) => `You are trying the shop as ${name}. Data may be reset.`,
    invite: 'No account needed: look around as',
    off: 'The live demo is switched off here.',
  },
};
