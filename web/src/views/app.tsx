// The pages of the terminal and their common frame. Each page except the landing page is a separate file.

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Route, Switch } from "wouter";
import { VenueError } from "../api/request";
import type { Feed } from "../store/feed";
import { FeedContext } from "./feed-context";
import { MarketsPage } from "./markets/markets-page";
import { isSignedOut, ME } from "./session";
import { Shell } from "./shell/shell";
import { Message } from "./widgets/message";
import { Toasts, toast } from "./widgets/toasts";

const SpotPage = lazy(async () => ({ default: (await import("./spot/spot-page")).SpotPage }));
const CfdPage = lazy(async () => ({ default: (await import("./cfd/cfd-page")).CfdPage }));
const WalletPage = lazy(async () => ({ default: (await import("./wallet/wallet-page")).WalletPage }));
const SystemPage = lazy(async () => ({ default: (await import("./system/system-page")).SystemPage }));
const SignInPage = lazy(async () => ({ default: (await import("./sign-in/sign-in-page")).SignInPage }));

const TRIES_MORE = 2;

export function App({ feed }: { feed: Feed }) {
  const [queries] = useState(newQueries);
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
                <Message
                  title="This page does not exist"
                  detail="Check the address, or choose a page from the bar."
                />
              </Route>
            </Switch>
          </Suspense>
        </Shell>
        <Toasts />
      </FeedContext>
    </QueryClientProvider>
  );
}

function newQueries(): QueryClient {
  const lookAgain = (error: Error) => {
    if (isSignedOut(error)) void queries.invalidateQueries({ queryKey: ME });
  };
  const queries = new QueryClient({
    mutationCache: new MutationCache({ onError: lookAgain }),
    queryCache: new QueryCache({
      onError: (error) => {
        // If the session ended elsewhere, the next request is refused; the user gets one message about it.
        if (isSignedOut(error) && queries.getQueryData(ME)) {
          queries.setQueryData(ME, null);
          toast("refused", "Your session has ended. Sign in again.");
        }
        lookAgain(error);
      },
    }),
    defaultOptions: { queries: { retry: againAfter, retryDelay: 500, refetchOnWindowFocus: true } },
  });
  return queries;
}

/** A refusal stays a refusal on a repeat, so only other failures are retried. */
function againAfter(failures: number, error: Error): boolean {
  const refused = error instanceof VenueError && error.status >= 400 && error.status < 500;
  return !refused && failures < TRIES_MORE;
}

function PageComing() {
  return (
    <p role="status" className="pulse grid min-h-64 flex-1 place-items-center text-sm text-muted">
      Loading the page
    </p>
  );
}
