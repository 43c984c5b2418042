// Sign-in by a link in a mail or by a demo account. With a token in the address, this is the page that the link opens. Its
// button uses the token; opening the page must not use it, because mail scanners open links.

import { type FormEvent, useEffect, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { known } from "../../model/remote";
import { useVenue } from "../queries";
import { useSession, useUser } from "../session";
import { Action, Field } from "../widgets/form";
import { useTask } from "../widgets/task";

export function SignInPage() {
  const token = new URLSearchParams(useSearch()).get("token");
  const user = useUser();
  useEffect(() => {
    document.title = "Sign in \u00b7 Outcry";
  }, []);
  return (
    <div className="mx-auto w-full max-w-md px-4 pt-10 pb-16 sm:pt-20">
      <div className="rounded-lg border border-line bg-panel p-6">
        <h1 className="mb-1 text-xl font-bold tracking-tight">Sign in</h1>
        {token === null ? <AskForLink /> : <UseLink token={token} />}
        {user === undefined ? null : (
          <p className="mt-4 text-sm text-muted">You are signed in as {user.email} already.</p>
        )}
      </div>
    </div>
  );
}

function UseLink({ token }: { token: string }) {
  const { signIn } = useSession();
  const [, navigate] = useLocation();
  const { run, busy } = useTask();
  const [refusal, setRefusal] = useState<string | null>(null);
  const enter = () =>
    run(
      async () => {
        await signIn(token);
        navigate("/", { replace: true });
      },
      () => setRefusal("This link was used already or is older than 15 minutes. Request another link."),
    );
  return (
    <>
      <p className="mb-5 text-sm text-muted">Your link allows one sign-in on this device.</p>
      <Action tone="accent" className="w-full" disabled={busy || refusal !== null} onClick={enter}>
        Sign in to Outcry
      </Action>
      {refusal === null ? null : (
        <>
          <p role="alert" className="mt-4 mb-4 text-sm text-sell">
            {refusal}
          </p>
          <AskForLink />
        </>
      )}
    </>
  );
}

function AskForLink() {
  const { signUp, openDemo } = useSession();
  const demo = known(useVenue())?.mode === "demo";
  const [, navigate] = useLocation();
  const [email, setEmail] = useState("");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { run, busy } = useTask();
  const send = (event: FormEvent) => {
    event.preventDefault();
    run(async () => {
      await signUp(email);
      setSentTo(email);
    });
  };
  const enterDemo = () =>
    run(async () => {
      await openDemo();
      navigate("/");
    });
  if (sentTo !== null) {
    return (
      <>
        <p role="status" className="text-sm">
          A link is on its way to <strong className="break-all">{sentTo}</strong>. It works once, for 15
          minutes.
        </p>
        {demo ? (
          <p className="mt-2 text-sm text-muted">
            Without a mail server, this demo venue puts its mail into the outbox of its data directory.
          </p>
        ) : null}
        <Action className="mt-5" onClick={() => setSentTo(null)}>
          Use another address
        </Action>
      </>
    );
  }
  return (
    <>
      <p className="mb-5 text-sm text-muted">
        You need no password: we mail you a link. The first link opens your account.
      </p>
      <form onSubmit={send} className="flex flex-col gap-3">
        <Field
          label="E-mail"
          type="email"
          required
          autoComplete="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Action type="submit" tone="accent" disabled={busy}>
          Mail me a link
        </Action>
      </form>
      {demo ? (
        <div className="mt-6 border-t border-line pt-5">
          <p className="mb-3 text-sm text-muted">To try the venue, open a demo account with demo money.</p>
          <Action className="w-full" disabled={busy} onClick={enterDemo}>
            Open a demo account
          </Action>
        </div>
      ) : null}
    </>
  );
}
