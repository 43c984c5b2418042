// The requests of a signed-in user. The browser adds the cookie that authenticates them.

import type {
  AccountBody,
  CapitalBody,
  DepositBody,
  FillBody,
  KeyBody,
  NewKeyBody,
  OrderBody,
  OrderReplacement,
  OrderRequest,
  PastOrderBody,
  UserBody,
  WithdrawalBody,
} from "../wire";
import { ask, type Method, VenueError } from "./request";

/** The number of rows of history that the page shows; the API has the older ones. */
const ROWS = "100";

export class AccountApi {
  constructor(readonly origin = "") {}

  /** The signed-in user; null if nobody is signed in. */
  me = async (): Promise<UserBody | null> => {
    try {
      return await this.#ask<UserBody>("GET", "/api/v1/user/me");
    } catch (error) {
      if (error instanceof VenueError && error.status === 401) return null;
      throw error;
    }
  };

  signUp = (email: string) => this.#ask<unknown>("POST", "/api/v1/user/signup", { email });

  signIn = (token: string) => this.#ask<unknown>("POST", "/api/v1/user/signin/post", { token });

  signOut = () => this.#ask<unknown>("POST", "/api/v1/user/signout", {});

  openDemo = () => this.#ask<unknown>("POST", "/api/v1/user/demo", {});

  demoDeposit = () => this.#ask<unknown>("POST", "/api/v1/user/demo-deposit", {});

  keys = () => this.#ask<KeyBody[]>("GET", "/api/v1/user/api-keys");

  createKey = (name: string, readOnly: boolean) =>
    this.#ask<NewKeyBody>("POST", "/api/v1/user/api-keys", { name, readOnly });

  revokeKey = (apiKey: string) => this.#ask<unknown>("DELETE", "/api/v1/user/api-keys", { apiKey });

  account = () => this.#ask<AccountBody>("GET", "/api/v1/account");

  capital = () => this.#ask<CapitalBody>("GET", "/api/v1/capital");

  openOrders = () => this.#ask<OrderBody[]>("GET", "/api/v1/orders");

  place = (order: OrderRequest) => this.#ask<OrderBody>("POST", "/api/v1/order", order);

  replace = (order: OrderReplacement) => this.#ask<OrderBody>("PATCH", "/api/v1/order", order);

  cancel = (symbol: string, orderId: string) =>
    this.#ask<OrderBody>("DELETE", "/api/v1/order", { symbol, orderId });

  cancelAll = (symbol: string) => this.#ask<OrderBody[]>("DELETE", "/api/v1/orders", { symbol });

  pastOrders = (symbol: string) => this.#history<PastOrderBody>("history/orders", { symbol });

  fills = (symbol: string) => this.#history<FillBody>("history/fills", { symbol });

  deposits = () => this.#history<DepositBody>("capital/deposits", {});

  withdrawals = () => this.#history<WithdrawalBody>("capital/withdrawals", {});

  #history<T>(path: string, query: Record<string, string>): Promise<T[]> {
    return this.#ask("GET", `/wapi/v1/${path}?${new URLSearchParams({ ...query, limit: ROWS })}`);
  }

  #ask<T>(method: Method, path: string, body?: object): Promise<T> {
    return ask(method, `${this.origin}${path}`, body);
  }
}
