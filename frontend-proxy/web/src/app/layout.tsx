/** What is around every page. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Outlet, ScrollRestoration, useNavigation } from 'react-router';
import { checkout } from '../checkout/checkout-store';
import { openOrdersFeed } from '../live/orders-feed';
import { openStockFeed } from '../live/stock-feed';
import { followOtherTabs, useSession } from '../session/use-session';
import { text } from '../strings';
import { CheckoutNews } from './checkout-news';
import { DemoNote } from './demo-note';
import { Footer } from './footer';
import { Navigation } from './navigation';
import { NewVersionBanner } from './new-version-banner';
import { OutageBanner } from './outage-banner';
import { ReconnectingBanner } from './reconnecting-banner';
import { Relogin } from './relogin';
import { StatusRegion } from './status-region';
import { Toasts } from './toasts';

export function Layout() {
  const client = useQueryClient();
  const { user } = useSession();
  const isLoading = useNavigation().state === 'loading';
  const userId = user?.id;

  useEffect(() => openStockFeed(client), [client]);
  useEffect(() => followOtherTabs(client), [client]);
  useEffect(() => {
    if (userId === undefined) return;
    void checkout.resume(userId);
    return openOrdersFeed(client);
  }, [client, userId]);

  return (
    <>
      <a className="skip-link" href="#content">
        {text.skip}
      </a>
      <Navigation />
      <ReconnectingBanner />
      <OutageBanner />
      <NewVersionBanner />
      <DemoNote />
      <CheckoutNews />
      <main id="content" tabIndex={-1} aria-busy={isLoading}>
        <Outlet />
      </main>
      <Footer />
      <StatusRegion />
      <Toasts />
      <Relogin />
      <ScrollRestoration getKey={({ key, pathname }) => (key === 'default' ? pathname : key)} />
    </>
  );
}
