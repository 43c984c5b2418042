// The two addresses of this venue for programs, and a client that runs as shown.

import { streamUrl } from "../../api/stream-url";
import { known } from "../../model/remote";
import { useVenue } from "../queries";
import { CopyButton } from "../widgets/copy-button";
import { Panel } from "../widgets/panel";

export function ConnectPanel({ symbol }: { symbol: string }) {
  const venue = known(useVenue()) ?? null;
  const rest = window.location.origin;
  const stream = streamUrl(venue, window.location);
  const snippet = clientSnippet({ rest, stream, symbol });
  return (
    <Panel
      title="Connect a client"
      className="rounded-lg border border-line"
      tools={<CopyButton text={snippet} />}
    >
      <div className="flex flex-1 flex-col gap-4 p-4 sm:p-5">
        <p className="max-w-[68ch] text-sm text-muted">
          This venue supports the Backpack API. A client for that API trades here when you give it these
          addresses.
        </p>
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an area that scrolls has to be reachable by keyboard.
          tabIndex={0}
          aria-label="Example with ccxt"
          className="flex-1 overflow-x-auto rounded-md bg-ground p-4"
        >
          <pre className="font-mono text-xs leading-5">{snippet}</pre>
        </section>
      </div>
    </Panel>
  );
}

function clientSnippet({ rest, stream, symbol }: { rest: string; stream: string; symbol: string }): string {
  return `import ccxt

venue = ccxt.backpack({
    "apiKey": "\u2026",
    "secret": "\u2026",
    "urls": {"api": {
        "public": "${rest}",
        "private": "${rest}",
        "ws": {"public": "${stream}", "private": "${stream}"},
    }},
})
print(venue.fetch_ticker("${symbol}"))`;
}
