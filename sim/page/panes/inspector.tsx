/**
 * The inspector: what a pasted text is. Names and values are those of the decoders, in English; what could not be checked
 * is said in the person's language.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Inspection } from "../../serve/messages";
import { ask } from "../link";
import { useStore } from "../store";
import { t } from "../texts";

function Section({ title, rows }: Inspection["sections"][number]): JSX.Element {
  return (
    <table class="found-fields" lang="en">
      <caption>{title}</caption>
      <tbody>
        {rows.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Found({ inspection }: { inspection: Inspection }): JSX.Element {
  const { kind, sections, problem, unchecked } = inspection;
  return (
    <>
      <p>
        <strong>{t("inspected", t(`inspected_${kind}`))}</strong>
      </p>
      {problem !== "" && <p class="bad">{t("inspected_problem", problem)}</p>}
      {problem === "" && unchecked.length === 0 && <p class="good">{t("inspected_good")}</p>}
      {unchecked.length > 0 && (
        <>
          <h3>{t("unchecked")}</h3>
          <ul class="unchecked">
            {unchecked.map((name) => (
              <li key={name}>{t(`unchecked_${name}`)}</li>
            ))}
          </ul>
        </>
      )}
      {sections.map((section) => (
        <Section key={section.title} {...section} />
      ))}
    </>
  );
}

export function Inspector(): JSX.Element {
  const [text, setText] = useState("");
  const [key, setKey] = useState("");
  const [own_keys, setOwnKeys] = useState(true);
  const inspection = useStore((store) => store.inspection);
  const inspect = (event: Event): void => {
    event.preventDefault();
    ask({ do: "inspect", text, own_keys, key });
  };
  return (
    <section class="pane inspector" aria-labelledby="inspector-title">
      <h2 id="inspector-title">{t("inspector")}</h2>
      <form onSubmit={inspect}>
        <p class="hint">{t("inspector_hint")}</p>
        <label class="wide">
          <span>{t("inspector_text")}</span>
          <textarea
            rows={3}
            required
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <label class="choice">
          <input type="checkbox" checked={own_keys} onChange={(event) => setOwnKeys(event.currentTarget.checked)} />
          {t("inspector_own_keys")}
        </label>
        <div class="row">
          <label class="wide">
            <span>{t("inspector_key")}</span>
            <input
              type="password"
              autocomplete="off"
              value={key}
              maxLength={100}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="main">
            {t("inspect")}
          </button>
        </div>
      </form>
      <div role="status" class="found">
        {inspection !== undefined && <Found inspection={inspection} />}
      </div>
    </section>
  );
}
