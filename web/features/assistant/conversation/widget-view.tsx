"use client";

import { useEffect, useId, useRef } from "react";
import { Button } from "@/components/ui/button";
import type { Action, Card, ListView, Widget } from "@/lib/chat-types";
import { cn } from "@/lib/cn";

interface Props<T> {
  widget: T;
  /** The buttons do nothing while the assistant answers. They keep the focus. */
  isDisabled: boolean;
  onAction: (action: Action) => void;
}

/** A card or a list of the assistant. */
export function WidgetView({ widget, ...rest }: Props<Card | ListView>) {
  if (widget.type === "Card") return <CardView widget={widget} {...rest} />;
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] divide-y divide-line overflow-hidden rounded-xl border border-line">
      <Parts widgets={widget.children} {...rest} />
    </ul>
  );
}

function CardView({ widget, isDisabled, onAction }: Props<Card>) {
  const { children, confirm, cancel } = widget;
  const title = useId();
  const group = useRef<HTMLDivElement>(null);
  const wasPressed = useRef(false);
  const heading = firstText(children);

  // The pressed button is gone when the service has replaced the card, and the focus with it.
  useEffect(() => {
    if (wasPressed.current && document.activeElement === document.body) group.current?.focus();
    wasPressed.current = false;
  }, [widget]);

  function press(action: Action) {
    wasPressed.current = true;
    onAction(action);
  }

  const rest = { isDisabled, onAction: press };
  return (
    <div
      ref={group}
      role="group"
      tabIndex={-1}
      aria-labelledby={heading ? title : undefined}
      className="grid grid-cols-[minmax(0,1fr)] gap-1 rounded-xl border border-line bg-paper p-3"
    >
      <Parts widgets={children} titled={heading} title={title} {...rest} />
      {(confirm || cancel) && (
        <div className="mt-2 flex flex-wrap gap-2">
          {confirm && <ActionButton label={confirm.label} action={confirm.action} tone="solid" {...rest} />}
          {cancel && <ActionButton label={cancel.label} action={cancel.action} tone="outline" {...rest} />}
        </div>
      )}
    </div>
  );
}

interface PartsProps extends Omit<Props<never>, "widget"> {
  widgets: readonly Widget[];
  /** The text that names the card, and the id for it. */
  titled?: Widget | undefined;
  title?: string;
}

function Parts({ widgets, ...rest }: PartsProps) {
  return widgets.map((widget, index) => <Part key={index} widget={widget} {...rest} />);
}

function Part({ widget, titled, title, ...rest }: Omit<PartsProps, "widgets"> & { widget: Widget }) {
  switch (widget.type) {
    case "Text":
      return (
        <span
          id={widget === titled ? title : undefined}
          className={cn(
            "block wrap-anywhere",
            (widget.weight === "semibold" || widget.weight === "bold") && "font-semibold",
            widget.lineThrough && "text-muted line-through",
          )}
        >
          {widget.value}
        </span>
      );
    case "Caption":
      return <span className="block text-muted wrap-anywhere">{widget.value}</span>;
    case "Button":
      return <ActionButton label={widget.label} action={widget.onClickAction} tone="outline" {...rest} />;
    case "Row":
    case "Col": {
      const look = widget.type === "Row" ? "flex flex-wrap items-center gap-2" : "grid grid-cols-[minmax(0,1fr)]";
      return (
        <div className={cn(look, widget.justify === "between" && "justify-between")}>
          <Parts widgets={widget.children} titled={titled} {...(title && { title })} {...rest} />
        </div>
      );
    }
    case "ListViewItem":
      return <Entry action={widget.onClickAction} widgets={widget.children} {...rest} />;
  }
}

function Entry({ action, widgets, onAction, isDisabled }: PartsProps & { action: Action | null | undefined }) {
  const content = <Parts widgets={widgets} onAction={onAction} isDisabled={isDisabled} />;
  return (
    <li>
      {action ? (
        <button
          type="button"
          className="w-full cursor-pointer px-3 py-2 text-left outline-offset-[-2px] hover:bg-sunken"
          onClick={() => onAction(action)}
        >
          {content}
        </button>
      ) : (
        <div className="px-3 py-2">{content}</div>
      )}
    </li>
  );
}

interface ActionButtonProps extends Omit<Props<never>, "widget"> {
  label: string;
  action: Action;
  tone: "solid" | "outline";
}

function ActionButton({ label, action, tone, isDisabled, onAction }: ActionButtonProps) {
  return (
    <Button
      tone={tone}
      className="min-h-8 px-3 aria-disabled:cursor-default aria-disabled:opacity-60"
      aria-disabled={isDisabled}
      onClick={() => !isDisabled && onAction(action)}
    >
      {label}
    </Button>
  );
}

function firstText(widgets: readonly Widget[]): Widget | undefined {
  for (const widget of widgets) {
    if (widget.type === "Text") return widget;
    const inner = "children" in widget ? firstText(widget.children) : undefined;
    if (inner) return inner;
  }
  return undefined;
}
