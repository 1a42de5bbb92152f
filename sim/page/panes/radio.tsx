/**
 * The radio: the meter's telegrams as they leave, newest first, and one of them field by field: the newest, until another
 * is chosen. Names of fields are those of `curbstop radio decode`.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TelegramView } from "../../serve/messages";
import { elapsed, whole } from "../format";
import { useStore, useStoreEvery } from "../store";
import { t } from "../texts";

const SHOWN = 20;
const REDRAW_MS = 200;
const ON_AIR = "ok";

function lineOf({ t: t_ms, frame, modem }: TelegramView): string {
  const line = t("radio_telegram", elapsed(t_ms), frame.length / 2);
  return modem === ON_AIR ? line : `${line}: ${t("radio_not_sent", modem.replaceAll("_", " "))}`;
}

function Fields({ telegram }: { telegram: TelegramView }): JSX.Element {
  return (
    <div class="telegram">
      {telegram.fields.length === 0 && (
        <p class="hint">{telegram.explanation === "" ? t("radio_not_read") : telegram.explanation}</p>
      )}
      <dl class="fields">
        {telegram.fields.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === "" ? "–" : value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{t("radio_layers")}</summary>
        <pre class="receipt" tabIndex={0} aria-label={t("radio_layers")}>
          {telegram.explanation}
        </pre>
        <p class="frame">
          <code>{telegram.frame}</code>
        </p>
      </details>
    </div>
  );
}

export function Radio(): JSX.Element {
  const telegrams = useStoreEvery(REDRAW_MS, (store) => store.telegrams);
  const count = useStoreEvery(REDRAW_MS, (store) => store.telegram_count);
  const has_radio = useStore(({ welcome }) => welcome?.has_radio ?? false);
  const [chosen, setChosen] = useState<TelegramView | undefined>(undefined);
  // What was chosen goes with the list that it was in.
  const shown = telegrams.find((telegram) => telegram === chosen) ?? telegrams.at(0);
  return (
    <section class="pane radio" aria-labelledby="radio-title">
      <h2 id="radio-title">{t("radio")}</h2>
      {has_radio ? (
        <>
          <div class="air">
            <ul class="telegrams">
              {telegrams.slice(0, SHOWN).map((telegram) => (
                <li key={telegram.frame}>
                  <button
                    type="button"
                    class="small"
                    aria-pressed={telegram === shown}
                    onClick={() => setChosen(telegram === telegrams.at(0) ? undefined : telegram)}
                  >
                    {lineOf(telegram)}
                  </button>
                </li>
              ))}
            </ul>
            {shown !== undefined && <Fields telegram={shown} />}
          </div>
          <p class="hint">{t("radio_count", whole(count))}</p>
        </>
      ) : (
        <p class="hint">{t("radio_none")}</p>
      )}
    </section>
  );
}
