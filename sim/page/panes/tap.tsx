/**
 * The tap: a flow that someone asks for, and draws that are ready made.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { DRAWS } from "../../serve/deeds";
import { whole } from "../format";
import { act, ask } from "../link";
import { refuse, useStore } from "../store";
import { t } from "../texts";

const FLOW_MAX_L_H = 5000;
const FLOW_STEP_L_H = 20;
const FLOW_FIRST_L_H = 600;
/** Quoted, with two characters for each end of a line, it fits a message (sim/serve/requests.ts). */
const FLOW_FILE_MAX_BYTES = 800_000;

function Slider(): JSX.Element {
  const [flow_l_h, setFlow] = useState(FLOW_FIRST_L_H);
  const tap_l_h = useStore(({ state }) => state?.tap_l_h ?? 0);
  const is_open = tap_l_h !== 0;
  const value = (event: Event): number => Number((event.currentTarget as HTMLInputElement).value);
  const settle = (event: Event): void => {
    // Only when the slider rests: each change of an open tap is a step of the scenario.
    if (is_open) ask({ do: "tap", flow_l_h: value(event) });
  };
  const turn = (): void => ask({ do: "tap", flow_l_h: is_open ? 0 : flow_l_h });
  return (
    <>
      <label class="slider">
        <span>{t("tap_flow")}</span>
        <input
          type="range"
          min={FLOW_STEP_L_H}
          max={FLOW_MAX_L_H}
          step={FLOW_STEP_L_H}
          value={flow_l_h}
          aria-valuetext={`${whole(flow_l_h)} l/h`}
          onInput={(event) => setFlow(value(event))}
          onChange={settle}
        />
        <output>{`${whole(flow_l_h)} l/h`}</output>
      </label>
      <button type="button" class="main" aria-pressed={is_open} onClick={turn}>
        {is_open ? t("tap_close") : t("tap_open")}
      </button>
      <p class="hint">{is_open ? t("tap_is_open", whole(tap_l_h)) : t("tap_is_closed")}</p>
    </>
  );
}

function Household(): JSX.Element {
  const is_on = useStore(({ state }) => state?.household ?? false);
  return (
    <button type="button" aria-pressed={is_on} onClick={() => act({ household: !is_on })}>
      {t("household")}
    </button>
  );
}

/** Replays a file; the server looks at what is in it. */
function FlowFile(): JSX.Element {
  const read = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file === undefined) return;
    if (file.size > FLOW_FILE_MAX_BYTES) {
      refuse(t("flow_file_long", file.name, whole(file.size), whole(FLOW_FILE_MAX_BYTES)));
    } else {
      file.text().then(
        (text) => ask({ do: "flow_csv", name: file.name, text }),
        (error: unknown) => refuse(`${file.name}: ${String(error)}`),
      );
    }
    input.value = "";
  };
  return (
    <label class="file">
      <span>{t("flow_file")}</span>
      <input type="file" accept=".csv,text/csv" onChange={read} />
    </label>
  );
}

export function Tap(): JSX.Element {
  const demand_l_h = useStore(({ state }) => state?.demand_l_h ?? 0);
  return (
    <section class="pane tap" aria-labelledby="tap-title">
      <h2 id="tap-title">{t("tap")}</h2>
      <Slider />
      <h3>{t("draws")}</h3>
      <div class="buttons">
        {DRAWS.map(({ key, draw }) => (
          <button key={key} type="button" onClick={() => act({ draw })}>
            {t(key)}
          </button>
        ))}
        <Household />
      </div>
      <FlowFile />
      <p class="hint">{t("demand", whole(demand_l_h))}</p>
    </section>
  );
}
