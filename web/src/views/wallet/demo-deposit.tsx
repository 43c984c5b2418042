// Deposits more demo money, in demo mode.

import { useQueryClient } from "@tanstack/react-query";
import { useAccountApi } from "../session";
import { Action } from "../widgets/form";
import { useTask } from "../widgets/task";
import { toast } from "../widgets/toasts";

export function DemoDeposit() {
  const api = useAccountApi();
  const queries = useQueryClient();
  const { run, busy } = useTask();
  const deposit = () =>
    run(
      async () => {
        await api.demoDeposit();
        toast("done", "Demo money has been deposited.");
        await queries.invalidateQueries({ queryKey: ["own"] });
      },
      (words) =>
        toast(
          "refused",
          words.startsWith("You have sent too many requests")
            ? "You have reached the limit of demo money for today. Try again tomorrow."
            : words,
        ),
    );
  return (
    <Action tone="accent" disabled={busy} onClick={deposit}>
      Deposit demo money
    </Action>
  );
}
