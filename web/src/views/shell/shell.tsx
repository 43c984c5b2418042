// The frame of every page: the bar with brand, navigation, account and connection, and the notices of the venue.

import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { known } from "../../model/remote";
import { useAccountFeed, useTickerFeed } from "../feed-context";
import { useInstruments, useVenue } from "../queries";
import { useUser } from "../session";
import { AccountMenu } from "./account-menu";
import { ConnectionBadge, ConnectionNotice } from "./connection";
import { ThemeSwitch } from "./theme-switch";
import { VenueNotices } from "./venue-notices";

export function Shell({ children }: { children: ReactNode }) {
  const venue = useVenue();
  const { remote } = useInstruments();
  const user = useUser();
  useTickerFeed((known(remote) ?? []).map(({ symbol }) => symbol));
  useAccountFeed(user?.accountId);

  return (
    <div className="flex min-h-dvh flex-col lg:has-[.spot-grid]:h-[max(100dvh,46rem)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-accent-fill focus:p-2 focus:text-accent-ink"
      >
        Skip to the content
      </a>
      <header className="flex shrink-0 flex-wrap items-center gap-x-1 border-b border-line bg-panel px-3 sm:h-12 sm:flex-nowrap sm:gap-x-5 sm:px-5">
        <Link
          href="/"
          className="mr-auto flex h-11 items-center gap-2.5 sm:mr-0"
          aria-label="Outcry, to the markets"
        >
          <Brand />
        </Link>
        <Pages />
        <ConnectionBadge />
        <ThemeSwitch />
        <AccountMenu />
      </header>
      <VenueNotices venue={venue} />
      <main id="content" className="flex min-h-0 flex-1 flex-col">
        {/* The notices are above the page. The page waits for the answer that decides about them, so that nothing moves later. */}
        {venue.state === "loading" ? null : children}
      </main>
      <ConnectionNotice />
    </div>
  );
}

function Pages() {
  const first = known(useInstruments().remote)?.[0]?.symbol ?? "SOL_USDC";
  return (
    <nav
      aria-label="Pages"
      className="order-last flex h-10 w-full items-stretch justify-between sm:order-none sm:mr-auto sm:h-full sm:w-auto sm:gap-1"
    >
      <PageLink href="/" active={(path) => path === "/" || path === "/markets"}>
        Markets
      </PageLink>
      <PageLink href={`/spot/${first}`} active={(path) => path.startsWith("/spot/")}>
        Spot
      </PageLink>
      <PageLink href={`/cfd/${first}`} active={(path) => path.startsWith("/cfd/")}>
        CFD
      </PageLink>
      <PageLink href="/wallet" active={(path) => path === "/wallet"}>
        Wallet
      </PageLink>
      <PageLink href="/system" active={(path) => path === "/system"}>
        System
      </PageLink>
    </nav>
  );
}

interface PageLinkProps {
  readonly href: string;
  readonly active: (path: string) => boolean;
  readonly children: string;
}

function PageLink({ href, active, children }: PageLinkProps) {
  const [path] = useLocation();
  const current = active(path);
  return (
    <Link
      href={href}
      aria-current={current ? "page" : undefined}
      className={`flex items-center border-b-2 px-2.5 pt-0.5 text-sm font-medium ${
        current ? "border-accent-fill text-text" : "border-transparent text-muted hover:text-text"
      }`}
    >
      {children}
    </Link>
  );
}

/** The logo: a voice that rises and falls, drawn as four candles. */
function Brand() {
  return (
    <>
      <svg viewBox="0 0 20 22" className="h-5 w-[1.15rem]" aria-hidden="true" fill="currentColor">
        <rect x="0" y="8" width="3.4" height="6" rx="1" />
        <rect x="5.5" y="4" width="3.4" height="14" rx="1" />
        <rect x="11" y="0" width="3.4" height="22" rx="1" className="text-accent-fill" />
        <rect x="16.5" y="6" width="3.4" height="10" rx="1" />
      </svg>
      <span className="text-base font-bold tracking-tight max-sm:sr-only">Outcry</span>
    </>
  );
}
