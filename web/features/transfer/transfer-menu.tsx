"use client";

import { ArrowDownUp, Download, Upload } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from "@/components/ui/menu";
import { describeError } from "@/lib/describe-error";
import { ImportDialog } from "./import-dialog";
import { useExport } from "./use-export";
import type { Format } from "./use-export";

/** The menu to export all tasks and to import tasks. */
export function TransferMenu() {
  const [importing, setImporting] = useState(false);
  const { mutate, isPending } = useExport();

  function exportAs(format: Format) {
    mutate(format, {
      onSuccess: (name) => toast(`Tasks exported to ${name}.`),
      onError: (error) => {
        const { title, advice } = describeError(error);
        toast(`${title}. ${advice}`, { action: { label: "Try again", onClick: () => exportAs(format) } });
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
          <MenuItem onSelect={() => exportAs("csv")}>
            <Download aria-hidden />
            Export as CSV
          </MenuItem>
          <MenuItem onSelect={() => exportAs("json")}>
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
