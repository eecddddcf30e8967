/** Which page has which address. Every page is loaded when it is first asked for. */

import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { DeadEnd } from '../components/dead-end';
import { RequirePermission } from '../session/require-permission';
import { RequireSession } from '../session/require-session';
import { text } from '../strings';
import { Crash } from './crash';
import { Layout } from './layout';

const selling: RouteObject[] = [
  {
    path: 'products',
    lazy: async () => ({ Component: (await import('../selling/products-page')).ProductsPage }),
  },
];

const own: RouteObject[] = [
  { element: <RequirePermission permission="product:write:own" />, children: selling },
  {
    path: 'sales',
    lazy: async () => ({ Component: (await import('../selling/sales-page')).SalesPage }),
  },
  {
    path: 'orders',
    lazy: async () => ({ Component: (await import('../orders/orders-page')).OrdersPage }),
  },
  {
    path: 'orders/:id',
    lazy: async () => ({ Component: (await import('../orders/order-page')).OrderPage }),
  },
  {
    path: 'account',
    lazy: async () => ({ Component: (await import('../account/profile-page')).ProfilePage }),
  },
  {
    path: 'account/addresses',
    lazy: async () => ({ Component: (await import('../account/addresses-page')).AddressesPage }),
  },
  {
    path: 'account/sessions',
    lazy: async () => ({ Component: (await import('../account/sessions-page')).SessionsPage }),
  },
];

const admin: RouteObject[] = [
  { index: true, element: <Navigate to="/admin/users" replace /> },
  {
    path: 'users',
    lazy: async () => ({ Component: (await import('../admin/users-page')).UsersPage }),
  },
];

const home = async () => ({ Component: (await import('../catalog/home-page')).HomePage });

const pages: RouteObject[] = [
  { index: true, lazy: home },
  { path: 'home', lazy: home },
  {
    path: 'product/:id',
    lazy: async () => ({ Component: (await import('../catalog/product-page')).ProductPage }),
  },
  {
    path: 'login',
    lazy: async () => ({ Component: (await import('../account/login-page')).LoginPage }),
  },
  {
    path: 'signup',
    lazy: async () => ({ Component: (await import('../account/sign-up-page')).SignUpPage }),
  },
  {
    path: 'cart',
    lazy: async () => ({ Component: (await import('../buying/cart-page')).CartPage }),
  },
  // One click in the cart is the whole checkout.
  { path: 'checkout', element: <Navigate to="/cart" replace /> },
  { element: <RequireSession />, children: own },
  {
    path: 'admin',
    element: <RequireSession />,
    children: [{ element: <RequirePermission permission="user:manage" />, children: admin }],
  },
  { path: '*', element: <DeadEnd {...text.notFound} /> },
];

export const router = createBrowserRouter([
  {
    element: <Layout />,
    errorElement: <Crash />,
    HydrateFallback: () => null,
    children: [{ errorElement: <Crash />, children: pages }],
  },
]);
