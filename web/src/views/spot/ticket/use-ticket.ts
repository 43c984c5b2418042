// The ticket's fields and the data for their preview. The data is read again when the user types, and otherwise once a second:
// a preview that changed with every trade would be unreadable.

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Instrument } from "../../../model/instrument";
import { known } from "../../../model/remote";
import {
  rateOf,
  readTicket,
  type TicketDraft,
  type TicketReading,
  type TicketWorld,
} from "../../../model/ticket";
import { useAccount, useFeed } from "../../feed-context";
import { useAccountApi, useUser } from "../../session";

const WORLD_EVERY_MS = 1_000;

const EMPTY: TicketDraft = {
  side: "buy",
  kind: "limit",
  price: "",
  trigger: "",
  quantity: "",
  timeInForce: "GTC",
  postOnly: false,
};

export interface TicketState {
  readonly draft: TicketDraft;
  readonly world: TicketWorld;
  readonly reading: TicketReading;
  change(fields: Partial<TicketDraft>): void;
}

export function useTicket(instrument: Instrument): TicketState {
  const [draft, setDraft] = useState(EMPTY);
  const world = useWorld(instrument);
  const change = useCallback(
    (fields: Partial<TicketDraft>) => setDraft((before) => ({ ...before, ...fields })),
    [],
  );
  const reading = useMemo(() => readTicket(draft, world), [draft, world]);
  return { draft, world, reading, change };
}

function useWorld(instrument: Instrument): TicketWorld {
  const { store } = useFeed();
  const account = known(useAccount());
  const fees = useFees();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((count) => count + 1), WORLD_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the book changes in place, and is read again with each turn.
  return useMemo(() => {
    const book = known(store.getState().books[instrument.symbol])?.book;
    const free = (asset: string) => account?.balances[asset]?.free ?? "0";
    return {
      instrument,
      free: account === undefined ? null : { base: free(instrument.base), quote: free(instrument.quote) },
      ...fees,
      bids: book?.bids ?? [],
      asks: book?.asks ?? [],
    };
  }, [store, instrument, account, fees, turn]);
}

/** In millionths; zero until a user is signed in, because fees depend on the account. */
function useFees(): Pick<TicketWorld, "makerRate" | "takerRate"> {
  const api = useAccountApi();
  const user = useUser();
  const { data } = useQuery({
    queryKey: ["own", "fees", user?.accountId],
    queryFn: api.account,
    enabled: user !== undefined,
    staleTime: 60_000,
  });
  return useMemo(
    () => ({
      makerRate: rateOf(data?.spotMakerFee ?? "0"),
      takerRate: rateOf(data?.spotTakerFee ?? "0"),
    }),
    [data],
  );
}
