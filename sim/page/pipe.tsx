/**
 * The pipe through the meter: water, the ball of the valve, and the wheel that turns with the flow.
 *
 * The wheel turns by the frame with what really passes. It is a picture of the flow, slower than a real one where water
 * is fast, so that its direction can be seen; who wants less motion has a wheel that stands, and the number beside it.
 */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { whole } from "./format";
import { known, useStore } from "./store";
import { named, t } from "./texts";

const VANES = 8;
const TURN_DEGREES = 360;
/** Turns a second grow with the root of the flow; one at this flow. */
const ONE_TURN_L_H = 500;
const QUARTER_DEGREES = 90;

function turnsASecond(passing_l_h: number): number {
  return Math.sign(passing_l_h) * Math.sqrt(Math.abs(passing_l_h) / ONE_TURN_L_H);
}

function Wheel(): JSX.Element {
  const wheel = useRef<SVGGElement>(null);
  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let angle = 0;
    let before_ms = performance.now();
    let frame = 0;
    const turn = (now_ms: number): void => {
      const { state } = known;
      const is_running = state !== undefined && state.speed !== 0 && !still.matches;
      if (is_running && state.passing_l_h !== 0) {
        angle = (angle + (turnsASecond(state.passing_l_h) * TURN_DEGREES * (now_ms - before_ms)) / 1000) % TURN_DEGREES;
        wheel.current?.setAttribute("transform", `rotate(${angle.toFixed(1)} 68 60)`);
      }
      before_ms = now_ms;
      frame = requestAnimationFrame(turn);
    };
    frame = requestAnimationFrame(turn);
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <g ref={wheel}>
      <circle class="wheel" cx="68" cy="60" r="22" />
      {Array.from({ length: VANES }, (_, index) => (
        <path
          key={index}
          class={index === 0 ? "vane first" : "vane"}
          d="M68 60 L64.5 41 L71.5 41 Z"
          transform={`rotate(${(index * TURN_DEGREES) / VANES} 68 60)`}
        />
      ))}
      <circle class="hub" cx="68" cy="60" r="4" />
    </g>
  );
}

function Ball(): JSX.Element {
  const open = useStore(({ state }) => state?.valve_open ?? 0);
  return (
    <g class="valve" transform={`rotate(${Math.round((1 - open) * QUARTER_DEGREES)} 172 60)`}>
      <circle class="ball" cx="172" cy="60" r="22" />
      <rect class="bore" x="150" y="51" width="44" height="18" />
      <rect class="handle" x="148" y="57" width="48" height="6" rx="3" />
    </g>
  );
}

export function Pipe(): JSX.Element {
  const passing_l_h = useStore(({ state }) => state?.passing_l_h ?? 0);
  const valve = useStore(({ state }) => state?.texts.valve ?? "unknown");
  const label = t("drawing", named("valve", valve), whole(passing_l_h));
  return (
    <svg class="pipe" viewBox="0 0 240 104" role="img" aria-label={label}>
      <rect class="tube" x="0" y="46" width="240" height="28" />
      <rect class={passing_l_h === 0 ? "water" : "water runs"} x="0" y="50" width="240" height="20" />
      <circle class="housing" cx="68" cy="60" r="30" />
      <Wheel />
      <circle class="housing" cx="172" cy="60" r="28" />
      <Ball />
      <text class="note" x="68" y="18">
        {`${whole(passing_l_h)} l/h`}
      </text>
      <text class="note" x="172" y="18">
        {named("valve", valve)}
      </text>
    </svg>
  );
}
