/**
 * The tariff editor: blocks and prices, signed by the desk and sent by radio in the window behind the meter's next
 * telegram; and what the meter says of each. For a demonstration a tariff can be wrong in one way.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Manner, TariffOrder } from "../../serve/desk";
import type { PushView } from "../../serve/messages";
import { elapsed, milli } from "../format";
import { ask } from "../link";
import { known, refuse, useStore } from "../store";
import { named, t, type Key } from "../texts";

/** As many as a meter holds (firmware/credit/tariff.ts). */
const BLOCKS_MAX = 8;
const HOUR_S = 3600;
const MANNERS: readonly Manner[] = ["good", "forged", "old", "foreign"];

/** A block as it is typed; the last one has no limit. */
interface Line {
  up_to: string;
  price: string;
}

const FIRST_LINES: Line[] = [
  { up_to: "5000", price: "2.50" },
  { up_to: "", price: "4.00" },
];

/** Local time of the meter's clock as the browser's field has it. */
function fieldOf(local_s: number): string {
  return new Date(local_s * 1000).toISOString().slice(0, 16);
}

function localS(field: string): number | undefined {
  const local_ms = Date.parse(`${field}Z`);
  return Number.isNaN(local_ms) ? undefined : local_ms / 1000;
}

/** A number that was typed; says what is wrong with it. */
function typed(key: Key, text: string, read: (text: string) => number | undefined): number {
  const value = read(text);
  if (value === undefined) throw new RangeError(t("tariff_wrong", t(key)));
  return value;
}

function wholeNumber(text: string): number | undefined {
  return /^\s*[1-9]\d{0,8}\s*$/.test(text) ? Number(text) : undefined;
}

function blocksOf(lines: readonly Line[]): TariffOrder["blocks"] {
  return lines.map(({ up_to, price }, index) => ({
    up_to_l: index === lines.length - 1 ? null : typed("tariff_up_to", up_to, wholeNumber),
    price_milli: typed("tariff_price", price, milli),
  }));
}

/** Higher than what the meter has, and than all that was pushed. */
function nextVersion(): number {
  const pushed = known.desk?.pushes.map(({ version }) => version) ?? [];
  return 1 + Math.max(known.state?.numbers.tariff ?? 0, ...pushed);
}

function Field(props: { label: string; value: string; set: (value: string) => void; decimal?: boolean }): JSX.Element {
  const { label, value, set, decimal } = props;
  return (
    <label class="wide">
      <span>{label}</span>
      <input
        inputMode={decimal === true ? "decimal" : "numeric"}
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
}

function Blocks({ lines, set }: { lines: readonly Line[]; set: (lines: Line[]) => void }): JSX.Element {
  const change = (index: number, part: Partial<Line>): void =>
    set(lines.map((line, place) => (place === index ? { ...line, ...part } : line)));
  return (
    <>
      {lines.map(({ up_to, price }, index) => (
        <fieldset key={index} class="row">
          <legend>{t("tariff_block", index + 1)}</legend>
          {index < lines.length - 1 && (
            <Field label={t("tariff_up_to")} value={up_to} set={(value) => change(index, { up_to: value })} />
          )}
          <Field label={t("tariff_price")} value={price} decimal set={(value) => change(index, { price: value })} />
        </fieldset>
      ))}
      <div class="buttons">
        <button
          type="button"
          disabled={lines.length >= BLOCKS_MAX}
          onClick={() => set([...lines, { up_to: "", price: lines[lines.length - 1].price }])}
        >
          {t("tariff_more")}
        </button>
        <button type="button" disabled={lines.length <= 1} onClick={() => set(lines.slice(0, -1))}>
          {t("tariff_less")}
        </button>
      </div>
    </>
  );
}

function Choice<Name extends string>(props: {
  label: string;
  value: Name;
  names: readonly Name[];
  prefix: string;
  set: (value: Name) => void;
}): JSX.Element {
  const { label, value, names, prefix, set } = props;
  return (
    <label class="wide">
      <span>{label}</span>
      <select value={value} onChange={(event) => set(event.currentTarget.value as Name)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {named(prefix, name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Editor(): JSX.Element {
  // Until someone types a version, it is the next one.
  const [version, setVersion] = useState("");
  const next = useStore(nextVersion);
  const [starts, setStarts] = useState<"now" | "at">("now");
  const [time, setTime] = useState(() => fieldOf((known.state?.local_s ?? 0) + HOUR_S));
  const [standing, setStanding] = useState("0.00");
  const [lines, setLines] = useState(FIRST_LINES);
  const [manner, setManner] = useState<Manner>("good");
  const push = (event: Event): void => {
    event.preventDefault();
    try {
      const start_local_s = starts === "now" ? null : typed("tariff_time", time, localS);
      const standing_milli = typed("tariff_standing", standing, milli);
      const number = typed("tariff_version", version === "" ? String(next) : version, wholeNumber);
      const wish = { manner, version: number, start_local_s, standing_milli, blocks: blocksOf(lines) };
      ask({ do: "push_tariff", wish });
      setVersion("");
    } catch (error) {
      refuse((error as Error).message);
    }
  };
  return (
    <form onSubmit={push}>
      <Blocks lines={lines} set={setLines} />
      <div class="row">
        <Field label={t("tariff_standing")} value={standing} decimal set={setStanding} />
        <Field label={t("tariff_version")} value={version === "" ? String(next) : version} set={setVersion} />
      </div>
      <div class="row">
        <Choice label={t("tariff_start")} value={starts} names={["now", "at"]} prefix="starts" set={setStarts} />
        {starts === "at" && (
          <label class="wide whole">
            <span>{t("tariff_time")}</span>
            <input type="datetime-local" value={time} onInput={(event) => setTime(event.currentTarget.value)} />
          </label>
        )}
        <Choice label={t("tariff_manner")} value={manner} names={MANNERS} prefix="manner" set={setManner} />
      </div>
      <button type="submit" class="main">
        {t("tariff_push")}
      </button>
    </form>
  );
}

function stateText({ state, reason }: PushView): string {
  return state === "refused" ? t("push_refused", named("refusal", reason)) : named("push", state);
}

const CLASSES: Readonly<Record<string, string>> = { active: "good", delivered: "good", refused: "bad" };

function Pushed({ push }: { push: PushView }): JSX.Element {
  const { version, manner, words } = push;
  const name = t("pushed", version) + (manner === "good" ? "" : ` (${named("manner", manner)})`);
  return (
    <li>
      <details>
        <summary>
          {`${elapsed(push.sent_t ?? push.t)}  ${name}: `}
          <span class={CLASSES[push.state] ?? ""}>{stateText(push)}</span>
        </summary>
        <pre class="receipt" tabIndex={0} aria-label={name}>
          {words}
        </pre>
      </details>
    </li>
  );
}

export function Tariff(): JSX.Element {
  const desk = useStore((store) => store.desk);
  return (
    <section class="pane tariff" aria-labelledby="tariff-title">
      <h2 id="tariff-title">{t("tariff")}</h2>
      <p class="hint">{desk === null ? t("desk_none") : t("tariff_hint")}</p>
      {desk !== null && <Editor />}
      <div role="status">
        <ul class="pushes">
          {desk?.pushes.map((push) => (
            <Pushed key={push.id} push={push} />
          ))}
        </ul>
      </div>
    </section>
  );
}
