// A remote list in each of its states.

import type { ReactNode } from "react";
import type { Remote } from "../../../model/remote";
import { Message } from "../../widgets/message";

interface ShownProps<T> {
  readonly remote: Remote<readonly T[]>;
  readonly empty: string;
  readonly children: (rows: readonly T[]) => ReactNode;
}

export function Shown<T>({ remote, empty, children }: ShownProps<T>) {
  if (remote.state === "error")
    return <Message title="The list could not be loaded" detail={remote.message} />;
  if (remote.state !== "value") {
    return (
      <p role="status" className="pulse p-4 text-sm text-muted">
        Loading
      </p>
    );
  }
  return remote.value.length === 0 ? <Message title={empty} /> : children(remote.value);
}
