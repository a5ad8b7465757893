import { ArrowDownWideNarrow, ArrowUpNarrowWide } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { SORTS, isSort } from "../model/view";
import type { Order, Sort, View } from "../model/view";

const NAMES: Record<Sort, string> = {
  position: "My order",
  due_date: "Due date",
  priority: "Priority",
  title: "Title",
  created_at: "Created",
  updated_at: "Updated",
};

const ORDER_NAMES: Record<Order, string> = { asc: "ascending", desc: "descending" };

export function SortChoice({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  const Icon = view.order === "asc" ? ArrowUpNarrowWide : ArrowDownWideNarrow;
  const other: Order = view.order === "asc" ? "desc" : "asc";
  return (
    <div className="flex gap-1">
      <Select
        aria-label="Sort by"
        value={view.sort}
        onChange={({ target: { value } }) => isSort(value) && onChange({ ...view, sort: value, order: SORTS[value] })}
        className="flex-1"
      >
        {Object.keys(SORTS)
          .filter(isSort)
          .map((sort) => (
            <option key={sort} value={sort}>
              {NAMES[sort]}
            </option>
          ))}
      </Select>
      <Button
        tone="outline"
        size="icon"
        aria-label={`Sort order: ${ORDER_NAMES[view.order]}. Change to ${ORDER_NAMES[other]}`}
        title={`Sort order: ${ORDER_NAMES[view.order]}`}
        onClick={() => onChange({ ...view, order: other })}
      >
        <Icon aria-hidden />
      </Button>
    </div>
  );
}
