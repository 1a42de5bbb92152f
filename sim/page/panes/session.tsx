/**
 * The session: which scenario runs, what it expects, snapshots, and recordings.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ExpectationResult } from "../../run";
import { elapsed, whole } from "../format";
import { ask } from "../link";
import { refuse, useStore } from "../store";
import { t } from "../texts";
import { Bundle } from "./bundle";

const NAME_PATTERN = "[a-z0-9][a-z0-9\\-]{0,39}";
const FIRST_NAME = "session-1";

function Load(): JSX.Element {
  const scenarios = useStore((store) => store.scenarios);
  const [id, setId] = useState("");
  const read = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file === undefined) return;
    file.text().then(
      (text) => ask({ do: "load_text", name: file.name, text }),
      (error: unknown) => refuse(`${file.name}: ${String(error)}`),
    );
    input.value = "";
  };
  return (
    <>
      <div class="row">
        <label class="wide">
          <span>{t("scenario")}</span>
          <select value={id} onChange={(event) => setId(event.currentTarget.value)}>
            <option value="">{t("scenario_new")}</option>
            {scenarios.map((entry) => (
              <option key={entry.id} value={entry.id}>
                {entry.recorded ? t("scenario_recorded", entry.id) : entry.name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => ask({ do: "load", scenario: id })}>
          {t("scenario_load")}
        </button>
      </div>
      <label class="file">
        <span>{t("scenario_file")}</span>
        <input type="file" accept=".json,application/json" onChange={read} />
      </label>
    </>
  );
}

function Snapshots(): JSX.Element {
  const snapshots = useStore((store) => store.snapshots);
  return (
    <div class="buttons">
      <button type="button" onClick={() => ask({ do: "snapshot" })}>
        {t("snapshot")}
      </button>
      {snapshots.map(({ id, t: t_ms }) => (
        <button key={id} type="button" onClick={() => ask({ do: "restore", snapshot: id })}>
          {t("restore", elapsed(t_ms))}
        </button>
      ))}
      <button type="button" onClick={() => ask({ do: "reset" })}>
        {t("reset")}
      </button>
    </div>
  );
}

function Recorder(): JSX.Element {
  const [name, setName] = useState(FIRST_NAME);
  const recorded = useStore((store) => store.recorded);
  const record = (event: Event): void => {
    event.preventDefault();
    ask({ do: "record", name });
  };
  return (
    <form onSubmit={record}>
      <div class="row">
        <label class="wide">
          <span>{t("record_name")}</span>
          <input value={name} pattern={NAME_PATTERN} required onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="submit" class="main">
          {t("record")}
        </button>
      </div>
      <div role="status" class="recorded">
        {recorded !== undefined && (
          <>
            <p>{t("recorded", recorded.file)}</p>
            <p class={recorded.same ? "good" : "bad"}>
              {recorded.same ? t("recorded_same", whole(recorded.trace_lines)) : t("recorded_other")}
            </p>
            <p>
              {t("recorded_command")}: <code>{recorded.command}</code>
            </p>
            <p>
              <code class="hash">{recorded.trace_sha256}</code>
            </p>
          </>
        )}
      </div>
    </form>
  );
}

function words({ field, op, want, got, met, t: t_ms }: ExpectationResult): string {
  const sign = op === "is" ? "=" : op === "min" ? "≥" : "≤";
  const state = met ? t("expectation_met") : `${t("expectation_failed")}, ${t("expectation_got", got)}`;
  return `${elapsed(t_ms)}  ${field} ${sign} ${want}: ${state}`;
}

function Expectations(): JSX.Element {
  const results = useStore((store) => store.expectations);
  const expected = useStore(({ welcome }) => welcome?.expected ?? 0);
  const met = results.filter((result) => result.met).length;
  return (
    <>
      <h3>{t("expectations")}</h3>
      <p class="hint">
        {expected === 0
          ? t("expectations_none")
          : t("expectations_count", whole(met), whole(expected), whole(results.length - met))}
      </p>
      {results.length > 0 && (
        <ol class="lines short" tabIndex={0} aria-label={t("expectations")}>
          {results.map((result, index) => (
            <li key={index} class={result.met ? "good" : "bad"}>
              {words(result)}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

export function Session(): JSX.Element {
  const scenario = useStore(({ welcome }) => welcome?.scenario);
  return (
    <section class="pane session" aria-labelledby="session-title">
      <h2 id="session-title">{t("session")}</h2>
      <p class="scenario">
        <strong>{scenario?.name}</strong> {scenario?.description}
      </p>
      <Load />
      <Snapshots />
      <Recorder />
      <Bundle />
      <Expectations />
    </section>
  );
}
