// A chart's figures as a table, for those who do not see it or want them exact.
import { Scroller } from "./scroller.tsx";

interface Props {
  caption: string;
  heading: readonly string[];
  rows: readonly (readonly string[])[];
}

export const FigureTable = ({ caption, heading, rows }: Props) => (
  <details class="figures">
    <summary>Show as a table</summary>
    <Scroller label={`${caption}, as a table`}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {heading.map((text, column) => (
              <th key={text} scope="col" class={column > 0 ? "number" : ""}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest]) => (
            <tr key={first}>
              <th scope="row">{first}</th>
              {rest.map((text, column) => (
                <td key={heading[column + 1]} class="number">
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  </details>
);
