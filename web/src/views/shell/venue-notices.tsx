// Notices that a user has to see before the prices: the prices are simulated, the prices have stopped, the venue is under
// maintenance.

import type { ReactNode } from "react";
import { known, type Remote } from "../../model/remote";
import { formatSpan } from "../../model/time";
import type { VenueBody } from "../../wire";
import { useStatus } from "../queries";

/** An outside price older than this causes a notice. */
const PRICES_OLD_MS = 15_000;

export function VenueNotices({ venue }: { venue: Remote<VenueBody> }) {
  const { remote, silent } = useStatus();
  const status = known(remote);
  const about = known(venue);
  return (
    <div className="flex shrink-0 flex-wrap gap-x-8 bg-warn-fill px-3 text-sm text-warn-ink sm:px-5">
      {status?.status === "Maintenance" && !silent ? (
        <Notice>
          <strong>Maintenance.</strong> {status.message ?? "The venue accepts no orders now."}
        </Notice>
      ) : null}
      {status?.status === "Ok" && status.message != null && !silent ? (
        <Notice>
          <strong>Notice.</strong> {status.message}.
        </Notice>
      ) : null}
      {about === undefined ? null : (
        <Prices
          source={about.prices}
          simulated={about.cfdPrices === null ? "Simulated prices." : "Simulated spot prices."}
          stopped="Outside prices have stopped."
        />
      )}
      {about?.cfdPrices == null ? null : (
        <Prices
          source={about.cfdPrices}
          simulated="Simulated CFD prices."
          stopped="CFD prices have stopped."
        />
      )}
    </div>
  );
}

/** The notices about one source of prices, with the given texts. */
function Prices({
  source,
  simulated,
  stopped,
}: {
  source: VenueBody["prices"];
  simulated: string;
  stopped: string;
}) {
  const old = source.ageMs !== null && source.ageMs > PRICES_OLD_MS;
  return (
    <>
      {source.simulated ? (
        <Notice>
          <strong>{simulated}</strong> They follow no real market.
        </Notice>
      ) : null}
      {old ? (
        <Notice>
          <strong>{stopped}</strong> The latest is {formatSpan(source.ageMs ?? 0)} old.
        </Notice>
      ) : null}
    </>
  );
}

function Notice({ children }: { children: ReactNode }) {
  return (
    <p role="note" className="py-1.5">
      {children}
    </p>
  );
}
