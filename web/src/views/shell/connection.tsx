// The state of the live connection: always in the bar, and in a message over the page when the connection is lost.

import type { ReactNode } from "react";
import type { Connection } from "../../socket/stream-socket";
import { useFeed, useTerminal } from "../feed-context";
import { useStatus } from "../queries";
import { TextButton } from "../widgets/message";
import { useNow } from "../widgets/now";

const LOOKS = {
  connecting: { text: "Connecting", dot: "bg-muted pulse" },
  live: { text: "Live", dot: "bg-buy" },
  reconnecting: { text: "Reconnecting", dot: "bg-sell pulse" },
} as const satisfies Record<Connection["phase"], object>;

export function ConnectionBadge() {
  const phase = useTerminal((state) => state.connection.phase);
  const { text, dot } = LOOKS[phase];
  return (
    <p
      role="status"
      data-phase={phase}
      title="The live connection to the venue"
      className="flex items-center gap-2 px-2 text-sm font-medium"
    >
      <span className={`size-2 rounded-full ${dot}`} aria-hidden="true" />
      {text}
    </p>
  );
}

/** Floats over the page, so that nothing moves when it appears or disappears. */
export function ConnectionNotice() {
  const connection = useTerminal((state) => state.connection);
  const { silent } = useStatus();
  const feed = useFeed();
  if (connection.phase === "reconnecting") {
    return (
      <Floating
        title="The connection is lost. The figures on this page are out of date."
        detail={<Countdown retryAtMs={connection.retryAtMs} />}
        action={<TextButton onClick={() => feed.retryNow()}>Try now</TextButton>}
      />
    );
  }
  if (!silent) return null;
  return (
    <Floating
      title="The venue does not answer."
      detail="Prices may still be live, but you cannot place, change or cancel orders. Trying again."
    />
  );
}

interface FloatingProps {
  readonly title: string;
  readonly detail: ReactNode;
  readonly action?: ReactNode;
}

function Floating({ title, detail, action }: FloatingProps) {
  return (
    <div className="fixed inset-x-3 bottom-4 z-40 mx-auto flex max-w-xl items-center gap-4 rounded-lg border border-sell bg-panel px-4 py-3 shadow-xl">
      <div className="mr-auto">
        <p role="alert" className="text-sm font-semibold">
          {title}
        </p>
        <p className="text-sm text-muted">{detail}</p>
      </div>
      {action}
    </div>
  );
}

function Countdown({ retryAtMs }: { retryAtMs: number | null }) {
  const now = useNow(250);
  const seconds = retryAtMs === null ? 0 : Math.ceil((retryAtMs - now) / 1_000);
  return seconds <= 0 ? "Trying to connect\u2026" : `Trying again in ${seconds} s.`;
}
