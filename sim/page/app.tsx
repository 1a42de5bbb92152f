/**
 * The page as a whole. It is drawn once for each language; its parts follow the session by themselves.
 */
import type { JSX } from "preact";
import { Bar, firstTheme, setTheme } from "./bar";
import { Device } from "./device";
import { Charts } from "./panes/charts";
import { Desk } from "./panes/desk";
import { Faults } from "./panes/faults";
import { Inspector } from "./panes/inspector";
import { Log } from "./panes/log";
import { Radio } from "./panes/radio";
import { Meters } from "./panes/meters";
import { Session } from "./panes/session";
import { Tap } from "./panes/tap";
import { Tariff } from "./panes/tariff";
import { Tray } from "./panes/tray";
import { dismiss, useStore } from "./store";
import { language, setLanguage, t } from "./texts";

function Notices(): JSX.Element {
  const notices = useStore((store) => store.notices);
  return (
    <div class="notices" role="alert">
      {notices.map(({ id, kind, text }) => (
        <p key={id} class={kind}>
          {text}{" "}
          <button type="button" class="small" onClick={() => dismiss(id)}>
            {t("dismiss")}
          </button>
        </p>
      ))}
    </div>
  );
}

function Lost(): JSX.Element | null {
  const is_lost = useStore((store) => !store.connected && store.welcome !== undefined);
  return is_lost ? (
    <p class="lost" role="alert">
      {t("lost")}
    </p>
  ) : null;
}

setTheme(firstTheme());
setLanguage(language());

export function App(): JSX.Element {
  const chosen = useStore(() => language());
  const is_here = useStore((store) => store.welcome !== undefined);
  const meter = useStore((store) => store.meter);
  return (
    <div key={chosen}>
      <Bar />
      <Lost />
      <Meters />
      <main>
        {is_here ? (
          <div class="room" key={meter}>
            <div class="column">
              <Device />
              <Tap />
              <Faults />
            </div>
            <div class="column">
              <Tray />
              <Desk />
              <Tariff />
            </div>
            <div class="column">
              <Charts />
              <Radio />
              <Session />
              <Log />
              <Inspector />
            </div>
          </div>
        ) : (
          <p class="waiting">{t("loading")}</p>
        )}
      </main>
      <Notices />
    </div>
  );
}
