/**
 * The event log and the trace, newest first, filtered. Codes and lines are the firmware's own words.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { elapsed, whole } from "../format";
import { known, useStore, useStoreEvery } from "../store";
import { t } from "../texts";

const SHOWN = 200;
const REDRAW_MS = 200;

type Kind = "events" | "trace";

function newest(kind: Kind, filter: string): string[] {
  const wanted = filter.trim().toLowerCase();
  const lines =
    kind === "trace"
      ? known.lines
      : known.events.map(({ t: t_ms, code, value }) => `${elapsed(t_ms)}  ${code.replaceAll("_", " ")}  ${value}`);
  const found = wanted === "" ? lines : lines.filter((line) => line.toLowerCase().includes(wanted));
  return found.slice(-SHOWN).reverse();
}

/** Says an event to those who cannot see it, at most one a second; a flood would say nothing. */
function Spoken(): JSX.Element {
  const code = useStoreEvery(1000, ({ events }) => events.at(-1)?.code ?? "");
  return (
    <p class="unseen" role="status">
      {code.replaceAll("_", " ")}
    </p>
  );
}

export function Log(): JSX.Element {
  const [kind, setKind] = useState<Kind>("events");
  const [filter, setFilter] = useState("");
  // Drawn anew by the version, not by the list, which is one and the same object.
  useStoreEvery(REDRAW_MS, ({ log_version }) => log_version);
  const count = useStore(({ state }) => state?.trace_lines ?? 0);
  const lines = newest(kind, filter);
  return (
    <section class="pane log" aria-labelledby="log-title">
      <h2 id="log-title">{t("log")}</h2>
      <div class="row">
        <button type="button" aria-pressed={kind === "events"} onClick={() => setKind("events")}>
          {t("log_events")}
        </button>
        <button type="button" aria-pressed={kind === "trace"} onClick={() => setKind("trace")}>
          {t("log_trace")}
        </button>
        <label class="filter">
          <span>{t("log_filter")}</span>
          <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
      </div>
      <ol class="lines" tabIndex={0} aria-label={kind === "events" ? t("log_events") : t("log_trace")}>
        {lines.length === 0 ? <li>{t("log_empty")}</li> : lines.map((line, index) => <li key={index}>{line}</li>)}
      </ol>
      <p class="hint">{t("log_shown", whole(count))}</p>
      <Spoken />
    </section>
  );
}
