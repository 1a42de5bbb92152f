/**
 * The bar at the top: what this is, how fast it goes, and what time it is for the meter.
 */
import type { JSX } from "preact";
import { elapsed, meterClock, pace, span } from "./format";
import { ask } from "./link";
import { changed, useStore } from "./store";
import { language, LANGUAGES, setLanguage, t, type Language } from "./texts";

const SPEEDS = [1, 10, 60, 1000];
const ADVANCES_MS = [1000, 60_000, 3_600_000];
const THEMES = ["auto", "light", "dark"] as const;
const KEPT = "curbstop.theme";
/** In their own words, so that each finds its own. */
const NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  it: "Italiano",
  ru: "Русский",
  fi: "Suomi",
  fr: "Français",
};

export function setTheme(theme: string): void {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEPT, theme);
  changed();
}

export function firstTheme(): string {
  const kept = localStorage.getItem(KEPT) ?? "";
  return THEMES.find((theme) => theme === kept) ?? "auto";
}

function Speeds(): JSX.Element {
  const speed = useStore(({ state }) => state?.speed);
  const choose = (wanted: number | null): void => ask({ do: "speed", speed: wanted });
  return (
    <div class="speeds" role="group" aria-label={t("speed")}>
      <button type="button" aria-pressed={speed === 0} aria-label={t("pause")} onClick={() => choose(0)}>
        <svg class="bars" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M1 0h3v10H1zM6 0h3v10H6z" />
        </svg>
      </button>
      {SPEEDS.map((wanted) => (
        <button
          key={wanted}
          type="button"
          aria-pressed={speed === wanted}
          aria-label={t("run_at", wanted)}
          onClick={() => choose(wanted)}
        >
          {`${wanted}×`}
        </button>
      ))}
      <button
        type="button"
        aria-pressed={speed === null}
        aria-label={`${t("max")}: ${t("run_max")}`}
        onClick={() => choose(null)}
      >
        {t("max")}
      </button>
      {ADVANCES_MS.map((by_ms) => (
        <button
          key={by_ms}
          type="button"
          disabled={speed !== 0}
          aria-label={t("advance", span(by_ms))}
          onClick={() => ask({ do: "advance", by_ms })}
        >
          {`+${span(by_ms)}`}
        </button>
      ))}
      <button type="button" disabled={speed !== 0} onClick={() => ask({ do: "next_event" })}>
        {t("next_event")}
      </button>
    </div>
  );
}

function Times(): JSX.Element {
  const t_ms = useStore(({ state }) => Math.floor((state?.t ?? 0) / 1000) * 1000);
  const local_s = useStore(({ state }) => state?.local_s ?? 0);
  const achieved = useStore(({ state }) => (state === undefined ? "" : pace(state.achieved)));
  const speed = useStore(({ state }) => state?.speed);
  const is_ended = useStore(({ state }) => state?.ended ?? false);
  return (
    <p class="times">
      <span>
        <b id="elapsed">{elapsed(t_ms)}</b> {t("elapsed")}
      </span>
      <span>
        {t("clock")}: <b>{local_s === 0 ? t("clock_unknown") : meterClock(local_s)}</b>
      </span>
      <span id="pace">{is_ended ? t("ended") : speed === 0 ? t("paused") : achieved}</span>
    </p>
  );
}

function Choices(): JSX.Element {
  const chosen = useStore(() => language());
  const theme = useStore(() => document.documentElement.dataset.theme ?? "auto");
  return (
    <div class="choices">
      <label>
        <span>{t("language")}</span>
        <select value={chosen} onChange={(event) => setLanguage(event.currentTarget.value)}>
          {LANGUAGES.map((name) => (
            <option key={name} value={name}>
              {NAMES[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t("theme")}</span>
        <select value={theme} onChange={(event) => setTheme(event.currentTarget.value)}>
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {t(`theme_${name}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function Bar(): JSX.Element {
  const firmware = useStore(({ welcome }) => welcome?.meter.firmware ?? "");
  return (
    <header class="bar">
      <a class="skip" href="#meter">
        {t("skip")}
      </a>
      <div class="title">
        <h1>{t("title")}</h1>
        <p>
          {t("real", firmware)}. {t("simulated")}.
        </p>
      </div>
      <Speeds />
      <Times />
      <Choices />
    </header>
  );
}
