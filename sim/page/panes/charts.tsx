/**
 * Charts over virtual time, with one cursor and one zoom for all of them.
 */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Sample } from "../../serve/messages";
import { elapsed, money, whole } from "../format";
import { changed, known, useStore } from "../store";
import { language, t, type Key } from "../texts";

const HEIGHT = 128;
const REDRAW_MS = 100;
const DRAG_MIN_PX = 4;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const SYNC = "charts";
const MILLI = 100_000;

interface Series {
  key: Key;
  color: string;
  value: (sample: Sample) => number | null;
  shown: (value: number) => string;
  is_stepped: boolean;
}

const SERIES: readonly Series[] = [
  {
    key: "balance",
    color: "--balance",
    value: ({ balance_milli }) => (balance_milli === null ? null : balance_milli / MILLI),
    shown: (value) => money(Math.round(value * MILLI)),
    is_stepped: false,
  },
  {
    key: "volume",
    color: "--volume",
    value: (sample) => sample.volume_l,
    shown: (value) => `${whole(value)} l`,
    is_stepped: false,
  },
  {
    key: "flow_passing",
    color: "--flow",
    value: (sample) => sample.flow_l_h,
    shown: (value) => `${whole(value)} l/h`,
    is_stepped: true,
  },
  {
    key: "price",
    color: "--price",
    value: ({ price_milli }) => (price_milli === null ? null : price_milli / MILLI),
    shown: (value) => money(Math.round(value * MILLI)),
    is_stepped: true,
  },
  {
    key: "valve",
    color: "--valve",
    value: (sample) => sample.valve,
    shown: (value) => `${Math.round(value * 100)} %`,
    is_stepped: true,
  },
];

// Charts take their colours when they are made, so they are made anew when the system turns dark.
DARK.addEventListener("change", changed);

/** What a canvas takes: a custom property has its text alone, so an element has to wear the colour. */
function color(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const worn = getComputedStyle(probe).color;
  probe.remove();
  return worn;
}

function axis(): uPlot.Axis {
  return { stroke: color("--ink-soft"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
}

function options(series: Series, width: number): uPlot.Options {
  const stepped = series.is_stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    width,
    height: HEIGHT,
    title: t(series.key),
    legend: { show: false },
    cursor: { sync: { key: SYNC, scales: ["x", null] }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: false } },
    axes: [
      { ...axis(), size: 28, values: (_, ticks) => ticks.map((tick) => elapsed(tick * 1000)), space: 90 },
      { ...axis(), size: 58, values: (_, ticks) => ticks.map((tick) => whole(tick)) },
    ],
    series: [
      {},
      {
        stroke: color(series.color),
        width: 2,
        points: { show: false },
        ...(stepped === undefined ? {} : { paths: stepped }),
      },
    ],
  };
}

/** All charts; one zoom holds for all, and none of them follows the time while it does. */
class Board {
  private readonly charts: uPlot[] = [];
  private zoomed: { min: number; max: number } | undefined;
  private drawn_version = -1;

  constructor(private readonly places: readonly HTMLElement[]) {
    SERIES.forEach((series, index) => this.add(series, places[index]));
  }

  private add(series: Series, place: HTMLElement): void {
    const chosen = options(series, place.clientWidth);
    chosen.hooks = { setSelect: [(chart) => this.zoomTo(chart)] };
    const chart = new uPlot(chosen, [[], []], place);
    chart.over.addEventListener("dblclick", () => this.all());
    this.charts.push(chart);
  }

  /** What was dragged over is what all charts show from now on. */
  private zoomTo(chart: uPlot): void {
    const { left, width } = chart.select;
    // A click without a drag selects nothing.
    if (width < DRAG_MIN_PX) return;
    this.zoomed = { min: chart.posToVal(left, "x"), max: chart.posToVal(left + width, "x") };
    for (const one of this.charts) one.setScale("x", this.zoomed);
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  all(): void {
    this.zoomed = undefined;
    this.drawn_version = -1;
    this.draw();
  }

  draw(): void {
    if (known.samples_version === this.drawn_version) return;
    this.drawn_version = known.samples_version;
    const times = known.samples.map((sample) => sample.t / 1000);
    SERIES.forEach((series, index) => {
      this.charts[index].setData([times, known.samples.map(series.value)], this.zoomed === undefined);
      if (this.zoomed !== undefined) this.charts[index].setScale("x", this.zoomed);
    });
  }

  fit(): void {
    this.charts.forEach((chart, index) => chart.setSize({ width: this.places[index].clientWidth, height: HEIGHT }));
  }

  close(): void {
    for (const chart of this.charts) chart.destroy();
  }
}

function shown(series: Series, sample: Sample): string {
  const value = series.value(sample);
  return value === null ? "–" : series.shown(value);
}

function Legend(): JSX.Element {
  const last = useStore((store) => (store.state === undefined ? undefined : store.samples.at(-1)));
  if (last === undefined) return <p class="hint">{t("log_empty")}</p>;
  return (
    <ul class="legend">
      {SERIES.map((series) => (
        <li key={series.key} class={series.key}>
          {`${t(series.key)}: ${shown(series, last)}`}
        </li>
      ))}
    </ul>
  );
}

export function Charts(): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const board = useRef<Board | undefined>(undefined);
  const chosen = useStore(() => [language(), document.documentElement.dataset.theme, DARK.matches].join(" "));
  useEffect(() => {
    const places = [...(place.current?.querySelectorAll<HTMLElement>(".plot") ?? [])];
    const made = new Board(places);
    board.current = made;
    const timer = setInterval(() => made.draw(), REDRAW_MS);
    const observer = new ResizeObserver(() => made.fit());
    if (place.current !== null) observer.observe(place.current);
    return () => {
      clearInterval(timer);
      observer.disconnect();
      made.close();
    };
  }, [chosen]);
  return (
    <section class="pane charts" aria-labelledby="charts-title">
      <h2 id="charts-title">{t("charts")}</h2>
      <p class="hint">
        {t("charts_hint")}{" "}
        <button type="button" class="small" onClick={() => board.current?.all()}>
          {t("charts_all")}
        </button>
      </p>
      <div class="plots" ref={place} aria-hidden="true">
        {SERIES.map((series) => (
          <div key={series.key} class="plot" />
        ))}
      </div>
      <Legend />
    </section>
  );
}
