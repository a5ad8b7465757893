"use client";

import { ArrowDownUp, Download, Upload } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from "@/components/ui/menu";
import { describeError } from "@/lib/describe-error";
import { useExport } from "./exporting";
import type { Format } from "./exporting";
import { ImportDialog } from "./import-dialog";

/** Takes all tasks out, and many in. */
export function TransferMenu() {
  const [importing, setImporting] = useState(false);
  const { mutate, isPending } = useExport();

  function take(format: Format) {
    mutate(format, {
      onSuccess: (name) => toast(`All tasks are in ${name}.`),
      onError: (error) => {
        const { title, advice } = describeError(error);
        toast(`${title}. ${advice}`, { action: { label: "Try again", onClick: () => take(format) } });
      },
    });
  }

  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button tone="quiet" className="px-3" disabled={isPending}>
            <ArrowDownUp aria-hidden />
            <span className="sr-only sm:not-sr-only">{isPending ? "Exporting…" : "Export or import"}</span>
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => take("csv")}>
            <Download aria-hidden />
            Export as CSV
          </MenuItem>
          <MenuItem onSelect={() => take("json")}>
            <Download aria-hidden />
            Export as JSON
          </MenuItem>
          <MenuLine />
          <MenuItem onSelect={() => setImporting(true)}>
            <Upload aria-hidden />
            Import…
          </MenuItem>
        </MenuContent>
      </Menu>
      <ImportDialog open={importing} onClose={() => setImporting(false)} />
    </>
  );
}
