// The pages of the terminal and what is around all of them.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { Route, Switch } from "wouter";
import type { Feed } from "../store/feed";
import { FeedContext } from "./feed-context";
import { MarketsPage } from "./markets/markets-page";
import { Shell } from "./shell/shell";
import { TradePage } from "./trade/trade-page";
import { Message } from "./widgets/message";

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
          <Switch>
            <Route path="/">
              <MarketsPage />
            </Route>
            <Route path="/trade/:symbol">{({ symbol }) => <TradePage key={symbol} symbol={symbol} />}</Route>
            <Route>
              <Message title="There is no such page" detail="The address leads nowhere on this venue." />
            </Route>
          </Switch>
        </Shell>
      </FeedContext>
    </QueryClientProvider>
  );
}
