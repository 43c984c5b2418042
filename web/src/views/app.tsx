// The pages of the terminal and what is around all of them. Each page but the landing one comes as a file of its own.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Route, Switch } from "wouter";
import type { Feed } from "../store/feed";
import { FeedContext } from "./feed-context";
import { MarketsPage } from "./markets/markets-page";
import { Shell } from "./shell/shell";
import { Message } from "./widgets/message";
import { Toasts } from "./widgets/toasts";

const SpotPage = lazy(async () => ({ default: (await import("./spot/spot-page")).SpotPage }));
const CfdPage = lazy(async () => ({ default: (await import("./cfd/cfd-page")).CfdPage }));
const WalletPage = lazy(async () => ({ default: (await import("./wallet/wallet-page")).WalletPage }));
const SystemPage = lazy(async () => ({ default: (await import("./system/system-page")).SystemPage }));
const SignInPage = lazy(async () => ({ default: (await import("./sign-in/sign-in-page")).SignInPage }));

export function App({ feed }: { feed: Feed }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: { queries: { retry: 2, retryDelay: 500, refetchOnWindowFocus: true } },
      }),
  );
  return (
    <QueryClientProvider client={queries}>
      <FeedContext value={feed}>
        <Shell>
          <Suspense fallback={<PageComing />}>
            <Switch>
              <Route path="/">
                <MarketsPage />
              </Route>
              <Route path="/markets">
                <MarketsPage />
              </Route>
              <Route path="/spot/:symbol">{({ symbol }) => <SpotPage key={symbol} symbol={symbol} />}</Route>
              <Route path="/cfd/:asset">{({ asset }) => <CfdPage key={asset} asset={asset} />}</Route>
              <Route path="/wallet">
                <WalletPage />
              </Route>
              <Route path="/system">
                <SystemPage />
              </Route>
              <Route path="/sign-in">
                <SignInPage />
              </Route>
              <Route>
                <Message title="There is no such page" detail="The address leads nowhere on this venue." />
              </Route>
            </Switch>
          </Suspense>
        </Shell>
        <Toasts />
      </FeedContext>
    </QueryClientProvider>
  );
}

function PageComing() {
  return (
    <p role="status" className="pulse grid min-h-64 flex-1 place-items-center text-sm text-muted">
      Loading the page
    </p>
  );
}
