/**
 * The meters behind this server, side by side: each runs by itself, and the one that is pressed is the one that the page
 * shows and obeys. Where there is one meter, only the way to another is here.
 */
import type { JSX } from "preact";
import { money, whole } from "../format";
import { Glass } from "../lcd";
import { ask, showMeter } from "../link";
import { useStore } from "../store";
import { named, t } from "../texts";

/** All that one of them shows, as a text, so that it is drawn again only when something of it has changed. */
function useSeen(meter: number): string {
  return useStore(({ glimpses }) => {
    const seen = glimpses[meter];
    if (seen === undefined) return "";
    const { texts, numbers, passing_l_h, speed } = seen.state;
    const shown = [texts.display, texts.annunciators, texts.valve, numbers.balance_milli, passing_l_h, speed === 0];
    return JSON.stringify([seen.name, ...shown]);
  });
}

type Seen = [string, string, string, string, number, number, boolean];

function MeterButton({ meter }: { meter: number }): JSX.Element {
  const is_shown = useStore((store) => store.meter === meter);
  const seen = useSeen(meter);
  const [name, display, marks, valve, balance_milli, passing_l_h, is_paused] = (
    seen === "" ? ["", "", "", "unknown", 0, 0, true] : JSON.parse(seen)
  ) as Seen;
  return (
    <button type="button" class="one" aria-pressed={is_shown} onClick={() => showMeter(meter)}>
      <b>{t("meter_at", meter)}</b> <span class="name">{name}</span>
      <span class="glance">
        <Glass glass={display} marks={marks} />
        <span>
          {t("valve")}: {named("valve", valve)}
        </span>
        <span>
          {t("balance")}: {money(balance_milli)}
        </span>
        <span>{is_paused ? t("paused") : `${whole(passing_l_h)} l/h`}</span>
      </span>
    </button>
  );
}

export function Meters(): JSX.Element {
  const meters = useStore((store) => store.meters);
  const meters_max = useStore((store) => store.meters_max);
  return (
    <nav class="meters" aria-label={t("meters")}>
      {meters > 1 && Array.from({ length: meters }, (_, index) => <MeterButton key={index} meter={index + 1} />)}
      {meters < meters_max && (
        <button type="button" class="small" onClick={() => ask({ do: "add_meter" })}>
          {t("meter_add")}
        </button>
      )}
    </nav>
  );
}
