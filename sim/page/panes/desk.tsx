/**
 * The vending desk: a top-up onto the household's card, which then lies in the tray, or a token, which the meter's keypad
 * takes. The receipt is the one that `curbstop card` and `curbstop token` print.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { SoldUse } from "../../serve/desk";
import type { SaleView } from "../../serve/messages";
import { elapsed, inFours, milli } from "../format";
import { act, ask } from "../link";
import { refuse, useStore } from "../store";
import { t, type Key } from "../texts";
import "./desk.css";

type Sold = SoldUse | "card";

const SOLD: readonly [Sold, Key][] = [
  ["card", "sale_card"],
  ["money", "sale_money"],
  ["lend_money", "sale_lend_money"],
  ["limit", "sale_limit"],
  ["clear_tamper", "sale_clear_tamper"],
  ["clear_credit", "sale_clear_credit"],
];
const AMOUNT_FIRST = "5.00";
const REASON_LENGTH_MAX = 100;

/** What the field of the amount is for; undefined where there is none. */
function amountKey(sold: Sold): Key | undefined {
  if (sold === "clear_tamper" || sold === "clear_credit") return undefined;
  return sold === "limit" ? "desk_limit" : "desk_amount";
}

function sell(sold: Sold, text: string, reason: string): void {
  const key = amountKey(sold);
  const is_whole = /^\s*\d{1,6}\s*$/.test(text);
  const amount = key === undefined ? 0 : key === "desk_amount" ? milli(text) : is_whole ? Number(text) : undefined;
  if (amount === undefined) return refuse(t("desk_amount_wrong", t(key ?? "desk_amount")));
  if (sold === "card") ask({ do: "sell_card", amount_milli: amount });
  else ask({ do: "issue_token", order: { use: sold, amount, reason } });
}

function Order(): JSX.Element {
  const [sold, setSold] = useState<Sold>("card");
  const [amount, setAmount] = useState(AMOUNT_FIRST);
  const [reason, setReason] = useState("");
  const key = amountKey(sold);
  const submit = (event: Event): void => {
    event.preventDefault();
    sell(sold, amount, reason);
  };
  return (
    <form onSubmit={submit}>
      <label class="wide">
        <span>{t("desk_what")}</span>
        <select value={sold} onChange={(event) => setSold(event.currentTarget.value as Sold)}>
          {SOLD.map(([name, text]) => (
            <option key={name} value={name}>
              {t(text)}
            </option>
          ))}
        </select>
      </label>
      <div class="row">
        {key !== undefined && (
          <label class="wide">
            <span>{t(key)}</span>
            <input inputMode="decimal" value={amount} onInput={(event) => setAmount(event.currentTarget.value)} />
          </label>
        )}
        {sold !== "card" && (
          <label class="wide">
            <span>{t("desk_reason")}</span>
            <input
              value={reason}
              maxLength={REASON_LENGTH_MAX}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
        )}
        <button type="submit" class="main">
          {t("desk_sell")}
        </button>
      </div>
    </form>
  );
}

function Token({ digits }: { digits: string }): JSX.Element {
  return (
    <div class="row token">
      <output aria-label={t("token_digits")}>{inFours(digits)}</output>
      <button type="button" onClick={() => act({ keys: `${digits}#` })}>
        {t("token_key_in")}
      </button>
    </div>
  );
}

function Sale({ sale }: { sale: SaleView }): JSX.Element {
  return (
    <div class="sale" role="status">
      {sale.digits === "" ? <p class="hint">{t("sold_card_lies")}</p> : <Token digits={sale.digits} />}
      <h3>{t("receipt")}</h3>
      <pre class="receipt" tabIndex={0} aria-label={t("receipt")}>
        {sale.receipt}
      </pre>
    </div>
  );
}

/** What was sold before: tokens can still be keyed in, whether the meter takes them or not. */
function Earlier({ sales }: { sales: readonly SaleView[] }): JSX.Element {
  return (
    <details>
      <summary>{t("sold_earlier", sales.length)}</summary>
      {sales.map((sale, index) => (
        <div key={`${sale.t} ${index}`}>
          <p class="hint">{`${elapsed(sale.t)}  ${sale.digits === "" ? t("sale_card") : ""}`}</p>
          {sale.digits !== "" && <Token digits={sale.digits} />}
        </div>
      ))}
    </details>
  );
}

export function Desk(): JSX.Element {
  const desk = useStore((store) => store.desk);
  const [newest, ...earlier] = desk?.sales ?? [];
  return (
    <section class="pane desk" aria-labelledby="desk-title">
      <h2 id="desk-title">{t("desk")}</h2>
      <p class="hint">{desk === null ? t("desk_none") : t("desk_keys")}</p>
      {desk !== null && <Order />}
      {newest !== undefined && <Sale sale={newest} />}
      {earlier.length > 0 && <Earlier sales={earlier} />}
    </section>
  );
}
