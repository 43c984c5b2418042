// The account corner of the bar: a link to sign in, or the user's name and a button to sign out.

import { Link, useLocation } from "wouter";
import { useMe, useSession } from "../session";
import { useTask } from "../widgets/task";

export function AccountMenu() {
  const me = useMe();
  const { signOut } = useSession();
  const [, navigate] = useLocation();
  const { run, busy } = useTask();
  if (me.state !== "value") return <span className="h-8 w-20" aria-hidden="true" />;
  if (me.value === null) {
    return (
      <Link
        href="/sign-in"
        className="grid h-8 place-items-center rounded-md bg-accent-fill px-3 text-sm font-semibold whitespace-nowrap text-accent-ink"
      >
        Sign in
      </Link>
    );
  }
  const { email } = me.value;
  const leave = () =>
    run(async () => {
      await signOut();
      navigate("/");
    });
  return (
    <div className="flex items-center gap-2">
      <span title={email} className="max-w-40 truncate text-sm text-muted max-md:sr-only">
        {email.endsWith("@demo.invalid") ? "Demo account" : email}
      </span>
      <button
        type="button"
        disabled={busy}
        onClick={leave}
        className="h-8 rounded-md border border-line px-3 text-sm font-medium whitespace-nowrap hover:bg-raised"
      >
        Sign out
      </button>
    </div>
  );
}
