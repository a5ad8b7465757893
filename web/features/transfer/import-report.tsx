import { Notice } from "@/components/ui/notice";
import type { Report } from "./importing";

const CELL = "py-2 pr-4 text-left align-top";

/** Every row that can't be taken, and why. */
export function ImportReport({ rows, errors }: Report) {
  const bad = new Set(errors.map(({ row }) => row)).size;
  return (
    <div className="grid gap-4">
      <Notice title={`${bad} of ${rows} rows can't be taken`}>
        <p>Nothing was imported. Mend the rows in the file, then choose it again.</p>
      </Notice>
      {/* With a tabindex, so that it can be scrolled by keyboard. */}
      <div
        role="region"
        aria-label="Rows that can't be taken"
        tabIndex={0}
        className="max-h-64 overflow-auto rounded-lg border border-line px-4"
      >
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b border-line text-muted">
              <th scope="col" className={CELL}>
                Row
              </th>
              <th scope="col" className={CELL}>
                Field
              </th>
              <th scope="col" className={CELL}>
                What is wrong
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {errors.map(({ row, field, message }, index) => (
              <tr key={index}>
                <td className={CELL}>{row}</td>
                <td className={CELL}>{field}</td>
                <td className={`${CELL} wrap-anywhere`}>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
