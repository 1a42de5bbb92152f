/**
 * Faults: what can go wrong with the hardware, as the twins can do it (sim/twins); and the service port.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Faults as FaultStates } from "../../serve/messages";
import { span } from "../format";
import { act } from "../link";
import { useStore } from "../store";
import { t, type Key } from "../texts";

type Steps = Parameters<typeof act>;

interface Fault {
  key: Key;
  is_on: (faults: FaultStates, supply_mv: number) => boolean;
  set: (is_on: boolean) => Steps;
}

const LEAK_L_H = 60;
const LOW_MV = 2800;
const FULL_MV = 3600;
/** Below this the switch stands on "low". */
const BETWEEN_MV = 3200;

const FAULTS: readonly Fault[] = [
  { key: "fault_reader", is_on: ({ reader }) => reader, set: (active) => [{ tamper: { input: "reader", active } }] },
  { key: "fault_stuck", is_on: ({ stuck }) => stuck, set: (stuck) => [{ valve: { stuck } }] },
  { key: "fault_slow", is_on: ({ slow }) => slow, set: (slow) => [{ valve: { slow } }] },
  { key: "fault_lying", is_on: ({ lying }) => lying, set: (lying) => [{ valve: { lying } }] },
  {
    key: "fault_leak",
    is_on: ({ leak_l_h }) => leak_l_h > 0,
    set: (is_on) => [{ valve: { leak_l_h: is_on ? LEAK_L_H : 0 } }],
  },
  { key: "fault_empty", is_on: ({ empty }) => empty, set: (empty) => [{ sensor: { empty } }] },
  { key: "fault_cut", is_on: ({ cut }) => cut, set: (cut) => [{ sensor: { cut } }] },
  { key: "fault_memory", is_on: ({ memory_low }) => memory_low, set: (low) => [{ nvm: { low } }] },
  {
    key: "fault_radio",
    is_on: ({ radio_lost }) => radio_lost,
    set: (is_on) => [{ modem: is_on ? "silent" : "ok" }],
  },
  {
    key: "fault_battery",
    is_on: (_, supply_mv) => supply_mv < BETWEEN_MV,
    set: (is_on) => [{ battery_mv: is_on ? LOW_MV : FULL_MV }],
  },
];

const CUTS_MS = [2000, 3_600_000];

function Switch({ fault }: { fault: Fault }): JSX.Element {
  const is_on = useStore(({ state }) =>
    state === undefined ? false : fault.is_on(state.faults, state.numbers.supply_mv),
  );
  return (
    <button type="button" class="switch" aria-pressed={is_on} onClick={() => act(...fault.set(!is_on))}>
      {t(fault.key)}
    </button>
  );
}

function Clock(): JSX.Element {
  const start_utc_s = useStore(({ welcome }) => welcome?.start_utc_s ?? 0);
  const set_right = (now_ms: number): void => act({ clock: { set: start_utc_s + Math.floor(now_ms / 1000) } });
  const now_ms = useStore(({ state }) => Math.floor((state?.t ?? 0) / 1000) * 1000);
  return (
    <>
      <button type="button" onClick={() => act({ clock: { jump_s: 3600 } })}>
        {t("clock_jump")}
      </button>
      <button type="button" onClick={() => act({ clock: { lost: true } })}>
        {t("clock_lost")}
      </button>
      <button type="button" disabled={start_utc_s === 0} onClick={() => set_right(now_ms)}>
        {t("clock_right")}
      </button>
    </>
  );
}

function Service(): JSX.Element {
  const [line, setLine] = useState("info");
  const said = useStore(({ state }) => state?.texts.said ?? "-");
  const send = (event: Event): void => {
    event.preventDefault();
    if (line.trim() !== "") act({ service: line });
  };
  return (
    <form class="service" onSubmit={send}>
      <h3>{t("service")}</h3>
      <div class="row">
        <input
          aria-label={t("service_line")}
          value={line}
          maxLength={200}
          onInput={(event) => setLine(event.currentTarget.value)}
        />
        <button type="submit">{t("service_send")}</button>
      </div>
      <p class="hint said">{t("service_said", said)}</p>
    </form>
  );
}

export function Faults(): JSX.Element {
  return (
    <section class="pane faults" aria-labelledby="faults-title">
      <h2 id="faults-title">{t("faults")}</h2>
      <div class="buttons">
        {FAULTS.map((fault) => (
          <Switch key={fault.key} fault={fault} />
        ))}
        {CUTS_MS.map((off_ms) => (
          <button key={off_ms} type="button" onClick={() => act({ power_cut: { off_ms } })}>
            {t("power_cut", span(off_ms))}
          </button>
        ))}
        <Clock />
      </div>
      <Service />
    </section>
  );
}
