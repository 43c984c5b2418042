// Facts about this venue: whether it is a demonstration, and the source of its outside prices.

import type { ReactNode } from "react";
import { streamUrl } from "../../api/stream-url";
import { formatSpan } from "../../model/time";
import type { VenueBody } from "../../wire";
import { useVenue } from "../queries";
import { Figure } from "../widgets/figures";
import { Message } from "../widgets/message";
import { Panel } from "../widgets/panel";

export function VenuePanel() {
  const venue = useVenue();
  return (
    <Panel title="This venue" className="rounded-lg border border-line">
      {venue.state === "error" ? (
        <Message title="The facts about this venue could not be loaded" detail={venue.message} />
      ) : (
        <Facts venue={venue.state === "value" ? venue.value : undefined} />
      )}
    </Panel>
  );
}

function Facts({ venue }: { venue: VenueBody | undefined }) {
  return (
    <dl className="px-4 py-2 sm:px-5">
      <Fact name="REST">{window.location.origin}</Fact>
      <Fact name="WebSocket">
        <Figure text={venue && streamUrl(venue, window.location)} width="10rem" />
      </Fact>
      <Fact name="Prices">
        <Figure text={venue && priceSource(venue)} />
      </Fact>
      <Fact name="Latest outside price">
        <Figure
          text={venue && (venue.prices.ageMs === null ? "none yet" : `${formatSpan(venue.prices.ageMs)} ago`)}
        />
      </Fact>
      <Fact name="Mode">
        <Figure text={venue?.mode} />
      </Fact>
      <Fact name="Version">
        <Figure text={venue?.version} />
      </Fact>
    </dl>
  );
}

function priceSource({ prices }: VenueBody): string {
  return prices.simulated ? `${prices.source}, simulated` : prices.source;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6 border-b border-line py-2.5 text-sm last:border-b-0">
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 text-right font-medium break-words">{children}</dd>
    </div>
  );
}
