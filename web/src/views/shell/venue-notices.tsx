// What everybody has to know about this venue before reading a price: that prices are simulated, that they have stopped, that
// it is being maintained.

import type { ReactNode } from "react";
import { known, type Remote } from "../../model/remote";
import { formatSpan } from "../../model/time";
import type { VenueBody } from "../../wire";
import { useStatus } from "../queries";

/** An outside price older than this is worth a word. */
const PRICES_OLD_MS = 15_000;

export function VenueNotices({ venue }: { venue: Remote<VenueBody> }) {
  const { remote, silent } = useStatus();
  const status = known(remote);
  const prices = known(venue)?.prices;
  const old = prices !== undefined && prices.ageMs !== null && prices.ageMs > PRICES_OLD_MS;
  return (
    <div className="flex shrink-0 flex-wrap gap-x-8 bg-warn-fill px-3 text-sm text-warn-ink sm:px-5">
      {status?.status === "Maintenance" && !silent ? (
        <Notice>
          <strong>Maintenance.</strong> {status.message ?? "The venue takes no orders at the moment."}
        </Notice>
      ) : null}
      {prices?.simulated === true ? (
        <Notice>
          <strong>Simulated prices.</strong> They follow no real market.
        </Notice>
      ) : null}
      {old ? (
        <Notice>
          <strong>Outside prices have stopped.</strong> The latest is {formatSpan(prices.ageMs ?? 0)} old.
        </Notice>
      ) : null}
    </div>
  );
}

function Notice({ children }: { children: ReactNode }) {
  return (
    <p role="note" className="py-1.5">
      {children}
    </p>
  );
}
