// API keys: create one, see its secret once, revoke it.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { formatDay } from "../../model/time";
import type { KeyBody, NewKeyBody } from "../../wire";
import { remoteOf } from "../queries";
import { useAccountApi, useUser } from "../session";
import { CopyButton } from "../widgets/copy-button";
import { Action, Field } from "../widgets/form";
import { Message, TextButton } from "../widgets/message";
import { Panel } from "../widgets/panel";
import { FigureTable } from "../widgets/table";
import { useTask } from "../widgets/task";

export function KeysPanel() {
  const api = useAccountApi();
  const user = useUser();
  const keys = remoteOf(
    useQuery({ queryKey: ["own", "keys", user?.accountId], queryFn: api.keys, refetchInterval: 30_000 }),
  );
  const [made, setMade] = useState<NewKeyBody | null>(null);
  return (
    <Panel title="API keys" className="overflow-hidden rounded-lg border border-line">
      <div className="border-b border-line p-4">
        {made === null ? <NewKey onMade={setMade} /> : <ShownOnce made={made} done={() => setMade(null)} />}
      </div>
      {keys.state === "error" ? <Message title="The keys could not be loaded" detail={keys.message} /> : null}
      {keys.state === "value" && keys.value.length === 0 ? (
        <Message title="No keys yet" detail="A key lets a program trade for this account." />
      ) : null}
      {keys.state === "value" && keys.value.length > 0 ? <KeyTable keys={keys.value} /> : null}
    </Panel>
  );
}

function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["own", "keys"] });
}

function NewKey({ onMade }: { onMade: (key: NewKeyBody) => void }) {
  const api = useAccountApi();
  const refresh = useRefresh();
  const { run, busy } = useTask();
  const [name, setName] = useState("");
  const [readOnly, setReadOnly] = useState(false);
  const create = (event: FormEvent) => {
    event.preventDefault();
    run(async () => {
      onMade(await api.createKey(name.trim(), readOnly));
      await refresh();
    });
  };
  return (
    <form onSubmit={create} className="flex flex-wrap items-center gap-3">
      <Field
        label="Name"
        required
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
        className="w-full sm:w-72"
      />
      <label className="flex items-center gap-2 text-sm">
        <input type="checkbox" checked={readOnly} onChange={(event) => setReadOnly(event.target.checked)} />
        Read only
      </label>
      <Action type="submit" disabled={busy || name.trim() === ""}>
        Create a key
      </Action>
    </form>
  );
}

function ShownOnce({ made, done }: { made: NewKeyBody; done: () => void }) {
  const parts = [
    ["API key", made.apiKey],
    ["Secret", made.apiSecret],
  ] as const;
  return (
    <div role="status">
      <p className="mb-3 text-sm font-semibold">
        The secret is shown only once. Save it before you leave this page.
      </p>
      <dl className="flex flex-col gap-2">
        {parts.map(([name, text]) => (
          <div key={name} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <dt className="w-16 text-xs text-muted">{name}</dt>
            <dd className="flex min-w-0 items-center gap-3">
              <code className="rounded bg-ground px-2 py-1 font-mono text-xs break-all">{text}</code>
              <CopyButton text={text} label={`Copy the ${name}`} />
            </dd>
          </div>
        ))}
      </dl>
      <Action className="mt-4" onClick={done}>
        I have saved it
      </Action>
    </div>
  );
}

function KeyTable({ keys }: { keys: readonly KeyBody[] }) {
  return (
    <div className="overflow-x-auto">
      <FigureTable roomy acting caption="API keys" columns={["Name", "Key", "May", "Created", "Change"]}>
        {keys.map((key) => (
          <KeyRow key={key.apiKey} row={key} />
        ))}
      </FigureTable>
    </div>
  );
}

/** Revoking needs a confirmation in the row, because a program may be trading with the key. */
function KeyRow({ row }: { row: KeyBody }) {
  const api = useAccountApi();
  const refresh = useRefresh();
  const { run, busy } = useTask();
  const [asked, setAsked] = useState(false);
  const revoke = () =>
    run(async () => {
      await api.revokeKey(row.apiKey);
      await refresh();
    });
  return (
    <tr>
      <td className="font-medium">{row.name}</td>
      <td className="font-mono">{row.apiKey.slice(0, 8)}…</td>
      <td>{row.scopes.includes("trade") ? "read and trade" : "read"}</td>
      <td className="text-muted">{formatDay(row.createdAt)}</td>
      <td>
        {asked ? (
          <span className="inline-flex gap-2">
            <TextButton onClick={() => (busy ? undefined : revoke())}>Revoke permanently</TextButton>
            <TextButton onClick={() => setAsked(false)}>Keep</TextButton>
          </span>
        ) : (
          <TextButton onClick={() => setAsked(true)}>Revoke</TextButton>
        )}
      </td>
    </tr>
  );
}
