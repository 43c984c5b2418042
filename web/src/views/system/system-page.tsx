// How the venue is doing: whether it takes orders, where its prices come from, and how far it has got.

import { useEffect } from "react";
import { known } from "../../model/remote";
import { formatSpan } from "../../model/time";
import { useStatus, useVenue } from "../queries";
import { Panel } from "../widgets/panel";

const DASH = "\u2013";

export function SystemPage() {
  const venue = known(useVenue());
  const status = known(useStatus().remote);
  useEffect(() => {
    document.title = "System \u00b7 Outcry";
  }, []);
  const facts: readonly (readonly [string, string])[] = [
    ["Status", status?.message ?? status?.status ?? DASH],
    ["Version", venue?.version ?? DASH],
    ["Price source", venue?.prices.source ?? DASH],
    ["Age of the latest price", venue?.prices.ageMs == null ? DASH : formatSpan(venue.prices.ageMs)],
  ];
  return (
    <div className="mx-auto w-full max-w-4xl p-3 sm:p-5">
      <h1 className="mb-4 text-2xl font-bold tracking-tight">System</h1>
      <Panel title="Venue" className="rounded-lg border border-line">
        <dl className="grid grid-cols-2 gap-x-6 gap-y-2 p-4 text-sm">
          {facts.map(([name, text]) => (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="text-right font-medium">{text}</dd>
            </div>
          ))}
        </dl>
      </Panel>
    </div>
  );
}
