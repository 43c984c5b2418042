// Takes the place of the trading controls while nobody is signed in.

import { Link } from "wouter";
import { known } from "../../model/remote";
import { useVenue } from "../queries";
import { useSession } from "../session";
import { Action } from "../widgets/form";
import { useTask } from "../widgets/task";

export function SignInCall() {
  const demo = known(useVenue())?.mode === "demo";
  const { openDemo } = useSession();
  const { run, busy } = useTask();
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line p-3 text-center">
      <p className="text-sm">Sign in to trade. Prices are live for everybody.</p>
      <div className="flex flex-wrap justify-center gap-2">
        {demo ? (
          <Action tone="accent" disabled={busy} onClick={() => run(openDemo)}>
            Open a demo account
          </Action>
        ) : null}
        <Link
          href="/sign-in"
          className="flex min-h-9 items-center rounded-md border border-line px-4 text-sm font-semibold hover:bg-raised"
        >
          Sign in
        </Link>
      </div>
    </div>
  );
}
