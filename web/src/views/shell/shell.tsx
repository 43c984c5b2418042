// What is around every page: the bar with brand, navigation and connection, and the notices of the venue.

import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { known } from "../../model/remote";
import { useTickerFeed } from "../feed-context";
import { useInstruments, useVenue } from "../queries";
import { ConnectionBadge, ConnectionNotice } from "./connection";
import { ThemeSwitch } from "./theme-switch";
import { VenueNotices } from "./venue-notices";

export function Shell({ children }: { children: ReactNode }) {
  const venue = useVenue();
  const { remote } = useInstruments();
  const instruments = known(remote) ?? [];
  useTickerFeed(instruments.map(({ symbol }) => symbol));

  return (
    <div className="flex min-h-dvh flex-col md:has-[.trade-grid]:h-[max(100dvh,38rem)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-accent-fill focus:p-2 focus:text-accent-ink"
      >
        Skip to the content
      </a>
      <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-panel px-3 sm:gap-5 sm:px-5">
        <Link
          href="/"
          className="mr-auto flex items-center gap-2.5 sm:mr-0"
          aria-label="Outcry, to the markets"
        >
          <Brand />
        </Link>
        <nav aria-label="Pages" className="hidden h-full items-stretch gap-1 sm:mr-auto sm:flex">
          <PageLink href="/" active={(path) => path === "/"}>
            Markets
          </PageLink>
          <PageLink
            href={`/trade/${instruments[0]?.symbol ?? "BTC_USDC"}`}
            active={(path) => path.startsWith("/trade/")}
          >
            Trade
          </PageLink>
        </nav>
        <ConnectionBadge />
        <ThemeSwitch />
      </header>
      <VenueNotices venue={venue} />
      <main id="content" className="flex min-h-0 flex-1 flex-col">
        {/* The notices stand above the page, so the page waits for the answer that decides about them: nothing moves later. */}
        {venue.state === "loading" ? null : children}
      </main>
      <ConnectionNotice />
    </div>
  );
}

function PageLink({
  href,
  active,
  children,
}: {
  href: string;
  active: (path: string) => boolean;
  children: string;
}) {
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

/** A voice that swells and fades, drawn as four candles. */
function Brand() {
  return (
    <>
      <svg viewBox="0 0 20 22" className="h-5 w-[1.15rem]" aria-hidden="true" fill="currentColor">
        <rect x="0" y="8" width="3.4" height="6" rx="1" />
        <rect x="5.5" y="4" width="3.4" height="14" rx="1" />
        <rect x="11" y="0" width="3.4" height="22" rx="1" className="text-accent-fill" />
        <rect x="16.5" y="6" width="3.4" height="10" rx="1" />
      </svg>
      <span className="text-base font-bold tracking-tight">Outcry</span>
    </>
  );
}
