/**
 * Faults: what can go wrong with the hardware, as the twins can do it (sim/twins); and the service port.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { CUTS_MS, FAULTS, type Fault } from "../../serve/deeds";
import { span } from "../format";
import { act } from "../link";
import { useStore } from "../store";
import { t } from "../texts";

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
