// An action of the user: it never runs twice at once, and a refusal is shown in plain words.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { VenueError } from "../../api/request";
import { refusalInWords } from "../../model/refusal";
import { isSignedOut, ME } from "../session";
import { toast } from "./toasts";

export interface Task {
  /** Run `act` unless an action is running. `told` gets a refusal; without `told`, the page shows it. */
  readonly run: (act: () => Promise<void>, told?: (words: string) => void) => void;
  readonly busy: boolean;
}

export function useTask(): Task {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = useCallback(
    (act: () => Promise<void>, told?: (words: string) => void) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      act()
        .catch((error: unknown) => {
          if (!(error instanceof VenueError)) throw error;
          if (isSignedOut(error)) void queries.invalidateQueries({ queryKey: ME });
          const words = refusalInWords(error);
          if (told === undefined) toast("refused", words);
          else told(words);
        })
        .finally(() => {
          running.current = false;
          setBusy(false);
        });
    },
    [queries],
  );
  return { run, busy };
}
