// Every process that has reported, in the order in which an order passes them.

import { formatSpan } from "../../model/time";
import type { VenueStatusBody } from "../../wire";
import { Message } from "../widgets/message";
import { Panel } from "../widgets/panel";

const DOES: Readonly<Record<string, string>> = {
  engine: "Journal to events",
  standby: "Ready to lead",
  gateway: "HTTP and this page",
  stream: "Live updates",
  recorder: "Events to history",
  prices: "Outside prices",
  "cfd-prices": "Prices of CFDs",
};

export function Processes({ status }: { status: VenueStatusBody | undefined }) {
  const processes = status?.processes ?? [];
  return (
    <Panel title="Processes" className="overflow-hidden rounded-lg border border-line">
      {processes.length === 0 ? (
        <Message title={status === undefined ? "Loading" : "No process has reported yet"} />
      ) : (
        <table className="w-full table-fixed border-collapse text-left text-sm">
          <caption className="sr-only">The venue's processes and the time of each one's last report</caption>
          <thead className="text-xs text-muted">
            <tr className="h-8 border-b border-line">
              <th scope="col" className="px-3 font-medium">
                Process
              </th>
              <th scope="col" className="px-2 font-medium">
                State
              </th>
              <th scope="col" className="px-2 font-medium">
                Last report
              </th>
              <th scope="col" className="px-3 text-right font-medium max-md:hidden">
                Newest entry
              </th>
            </tr>
          </thead>
          <tbody>
            {processes.map((process) => (
              <Process key={process.name} process={process} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Process({ process }: { process: VenueStatusBody["processes"][number] }) {
  const { name, role, state, heardMs, reached } = process;
  const well = state === "running";
  return (
    <tr className="border-b border-line last:border-b-0">
      <th scope="row" className="px-3 py-2 font-normal">
        <span className="font-semibold">{name}</span>
        {role === "leader" ? <span className="text-muted"> leader</span> : null}
        <span className="block text-xs text-muted">{DOES[name]}</span>
      </th>
      <td className="px-2">
        <span className="flex items-center gap-2">
          <span
            aria-hidden="true"
            className={`size-2 shrink-0 rounded-full ${well ? "bg-buy" : "bg-sell"}`}
          />
          {state}
        </span>
      </td>
      <td className="px-2">{heardMs === null ? "Never" : `${formatSpan(heardMs)} ago`}</td>
      <td className="px-3 text-right max-md:hidden">{reached ?? "\u2013"}</td>
    </tr>
  );
}
