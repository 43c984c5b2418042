// More demo money, in demo mode.

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
          words.startsWith("That was too much") ? "That was all the demo money for today." : words,
        ),
    );
  return (
    <Action tone="accent" disabled={busy} onClick={deposit}>
      Deposit demo money
    </Action>
  );
}
