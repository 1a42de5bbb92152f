/**
 * The device: what stands on a wall. Glass, keypad, card slot, screws of the case, magnet, antenna, battery, and the
 * pipe below. Everything that a hand can reach is a button.
 */
import type { JSX } from "preact";
import { money, whole } from "./format";
import { Lcd } from "./lcd";
import { act } from "./link";
import { Pipe } from "./pipe";
import { useStore } from "./store";
import { named, t } from "./texts";
import { cardName, insert } from "./panes/tray";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
/** What a cell gives at most and at least while a meter still works. */
const BATTERY_FULL_MV = 3600;
const BATTERY_EMPTY_MV = 2600;

function press(key: string): void {
  act({ keys: key });
}

function Keypad(): JSX.Element {
  const typed = (event: KeyboardEvent): void => {
    // Enter and the space bar press the button that has the focus, as everywhere.
    if (KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) press(event.key);
  };
  return (
    <div class="keypad" role="group" aria-label={t("keypad")} onKeyDown={typed}>
      {KEYS.map((key) => (
        <button key={key} type="button" aria-label={t("key", key)} onClick={() => press(key)}>
          {key}
        </button>
      ))}
    </div>
  );
}

function Slot(): JSX.Element {
  const uid = useStore(({ state }) => state?.card_uid ?? "");
  const card = useStore(({ state, welcome, desk }) =>
    (desk?.tray ?? welcome?.tray)?.find(({ id }) => id === state?.card_id),
  );
  const name = card === undefined ? uid : cardName(card);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    const card = event.dataTransfer?.getData("text/plain") ?? "";
    if (card !== "") insert(card);
  };
  return (
    <div
      class={uid === "" ? "slot" : "slot full"}
      role="group"
      aria-label={t("slot")}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <div class="mouth" aria-hidden="true" />
      <p class="held">{uid === "" ? t("slot_empty") : t("slot_card", name)}</p>
      <button type="button" disabled={uid === ""} onClick={() => act({ card: { out: true } })}>
        {t("take_out")}
      </button>
    </div>
  );
}

function Screws(): JSX.Element {
  const is_open = useStore(({ state }) => state?.faults.case ?? false);
  const turn = (): void => act({ tamper: { input: "case", active: !is_open } });
  return (
    <>
      {["top left", "top right", "bottom left", "bottom right"].map((place) => (
        <span key={place} class={`screw ${place}${is_open ? " loose" : ""}`} aria-hidden="true" />
      ))}
      <button class="screwdriver" type="button" aria-pressed={is_open} onClick={turn}>
        {t("fault_case")}
      </button>
    </>
  );
}

function Magnet(): JSX.Element {
  const is_near = useStore(({ state }) => state?.faults.magnet ?? false);
  const move = (): void => act({ tamper: { input: "magnet", active: !is_near } });
  return (
    <button class="magnet" type="button" aria-pressed={is_near} onClick={move}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 4v9a8 8 0 0 0 16 0V4h-5v9a3 3 0 0 1-6 0V4z" />
      </svg>
      {t("fault_magnet")}
    </button>
  );
}

function Battery(): JSX.Element {
  const supply_mv = useStore(({ state }) => state?.numbers.supply_mv ?? 0);
  const full = Math.min(1, Math.max(0, (supply_mv - BATTERY_EMPTY_MV) / (BATTERY_FULL_MV - BATTERY_EMPTY_MV)));
  const volts = (supply_mv / 1000).toFixed(2);
  return (
    <svg class="battery" viewBox="0 0 40 18" role="img" aria-label={t("battery", volts)}>
      <rect class="shell" x="1" y="1" width="34" height="16" rx="3" />
      <rect class="shell" x="35" y="6" width="4" height="6" />
      <rect
        class={full < 0.4 ? "charge low" : "charge"}
        x="4"
        y="4"
        width={(28 * full).toFixed(1)}
        height="10"
        rx="1"
      />
    </svg>
  );
}

function Antenna(): JSX.Element {
  const count = useStore(({ telegram_count }) => telegram_count);
  const has_radio = useStore(({ welcome }) => welcome?.has_radio ?? false);
  const label = has_radio ? t("antenna", whole(count)) : t("antenna_none");
  return (
    <svg class={has_radio ? "antenna" : "antenna none"} viewBox="0 0 24 24" role="img" aria-label={label}>
      <path d="M12 22V9M12 9 7 3M12 9l5-6M7 3h10" />
    </svg>
  );
}

export function Device(): JSX.Element {
  const meter = useStore(({ welcome }) => welcome?.meter);
  const is_powered = useStore(({ state }) => state?.powered ?? true);
  return (
    <section class="device" id="meter" tabIndex={-1} aria-labelledby="meter-title">
      <h2 id="meter-title" class="plate">
        {meter === undefined ? t("meter") : t("meter_number", meter.number, meter.region)}
      </h2>
      <div class="case">
        <Screws />
        <div class="top">
          <Antenna />
          <span class="off">{is_powered ? "" : t("powered_off")}</span>
          <Battery />
        </div>
        <Lcd />
        <div class="hands">
          <Keypad />
          <div class="side">
            <Slot />
            <Magnet />
          </div>
        </div>
        <Pipe />
      </div>
      <Readings />
    </section>
  );
}

function Reading({ label, value }: { label: string; value: string }): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What came of the last number that was keyed in, and how long the meter takes no other. */
function lastToken(result: string, wait_s: number): string {
  const name = named("token", result);
  return wait_s > 0 ? t("token_wait", name, whole(wait_s)) : name;
}

/** Stands for what a meter without power does not tell. */
const NOT_READ = "–";

/** Names joined by "+", in words. */
function listed(prefix: string, names: string): string {
  if (names === "-" || names === "") return t("none");
  return names
    .split("+")
    .map((name) => named(prefix, name))
    .join(", ");
}

export function Readings(): JSX.Element {
  const number = (field: string): number => useStore(({ state }) => state?.numbers[field] ?? 0);
  const text = (field: string): string => useStore(({ state }) => state?.texts[field] ?? "-");
  // The books of a meter that is off are in its memory, where nobody can read them.
  const is_on = useStore(({ state }) => state?.texts.boot === "ok");
  const read = (value: string): string => (is_on ? value : NOT_READ);
  const has_tokens = useStore(({ welcome }) => welcome?.has_tokens ?? false);
  return (
    <dl class="readings" aria-label={t("readings")}>
      <Reading label={t("balance")} value={read(money(number("balance_milli")))} />
      <Reading label={t("volume")} value={read(`${whole(number("volume_l"))} l`)} />
      <Reading label={t("flow")} value={read(`${whole(number("flow_l_h"))} l/h`)} />
      <Reading label={t("valve")} value={named("valve", text("valve"))} />
      <Reading label={t("shut_by")} value={listed("reason", text("shut_by"))} />
      <Reading label={t("price")} value={read(money(number("unit_price_milli")))} />
      <Reading label={t("debt")} value={read(money(number("debt_milli")))} />
      <Reading label={t("card_result")} value={named("result", text("card"))} />
      {has_tokens && <Reading label={t("last_token")} value={read(lastToken(text("token"), number("token_wait_s")))} />}
      <Reading label={t("info")} value={listed("code", text("info"))} />
    </dl>
  );
}
