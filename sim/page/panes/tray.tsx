/**
 * The tray of cards: dragged or pressed into the slot; a card that is there leaves before. It can be told to be pulled
 * out half-way, and to be a copy of the card as it was first.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { PULL_BYTES } from "../../serve/deeds";
import type { TrayCard } from "../../serve/tray";
import { money } from "../format";
import { ask } from "../link";
import { useStore } from "../store";
import { named, t } from "../texts";

/** How the next card is put in. */
const manner = { is_copy: false, is_pulled: false };

export function insert(card: string): void {
  ask({ do: "card", card, copy: manner.is_copy, pull_bytes: manner.is_pulled ? PULL_BYTES : null });
}

/** What a card of the tray is called. */
export function cardName({ kind, sold_milli }: TrayCard): string {
  return kind === "sold" ? t("card_sold", money(sold_milli ?? 0)) : named("card", kind);
}

function CardButton({ card }: { card: TrayCard }): JSX.Element {
  const { id, kind } = card;
  const is_in = useStore(({ state }) => state?.card_id === id && state.card_uid !== "");
  return (
    <button
      type="button"
      class={`card ${kind}`}
      draggable
      aria-pressed={is_in}
      onDragStart={(event: DragEvent) => event.dataTransfer?.setData("text/plain", id)}
      onClick={() => insert(id)}
    >
      <span class="chip" aria-hidden="true" />
      {cardName(card)}
    </button>
  );
}

function Choice({ name, label }: { name: keyof typeof manner; label: string }): JSX.Element {
  const [is_on, setOn] = useState(manner[name]);
  const change = (event: Event): void => {
    manner[name] = (event.currentTarget as HTMLInputElement).checked;
    setOn(manner[name]);
  };
  return (
    <label class="choice">
      <input type="checkbox" checked={is_on} onChange={change} />
      {label}
    </label>
  );
}

export function Tray(): JSX.Element {
  const cards = useStore(({ welcome, desk }) => desk?.tray ?? welcome?.tray);
  const has_desk = useStore(({ desk }) => desk !== null);
  return (
    <section class="pane tray" aria-labelledby="tray-title">
      <h2 id="tray-title">{t("tray")}</h2>
      <p class="hint">{t("tray_hint")}</p>
      <div class="cards">
        {(cards ?? []).map((card) => (
          <CardButton key={card.id} card={card} />
        ))}
      </div>
      <Choice name="is_pulled" label={t("tray_pull", PULL_BYTES)} />
      <Choice name="is_copy" label={t("tray_copy")} />
      <p class="hint">{has_desk ? t("tray_desk_keys") : t("tray_keys")}</p>
    </section>
  );
}
