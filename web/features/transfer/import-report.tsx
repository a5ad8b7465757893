import { Notice } from "@/components/ui/notice";
import type { Report } from "./use-import";

const CELL = "py-2 pr-4 text-left align-top";

/** The rows that can't be imported, with their errors. */
export function ImportReport({ rows, errors }: Report) {
  const invalid = new Set(errors.map(({ row }) => row)).size;
  return (
    <div className="grid gap-4">
      <Notice title={`${invalid} of ${rows} rows can't be imported`}>
        <p>No tasks were imported. Fix the rows in the file, then choose the file again.</p>
      </Notice>
      {/* The tabIndex makes the region scrollable by keyboard. */}
      <div
        role="region"
        aria-label="Rows with errors"
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
                Error
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
