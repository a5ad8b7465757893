import { Fragment, memo } from "react";
import { parseMarkdown } from "../model/markdown";
import type { Block, Inline, List } from "../model/markdown";

/** An answer of the assistant. Its Markdown becomes elements, never HTML, links or images. */
export const MarkdownText = memo(function MarkdownText({ text }: { text: string }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2 wrap-anywhere">
      {parseMarkdown(text).map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
});

function BlockView({ block }: { block: Block }) {
  switch (block.type) {
    case "code":
      return (
        <pre className="rounded-lg bg-sunken p-3 text-sm whitespace-pre-wrap">
          <code>{block.text}</code>
        </pre>
      );
    case "list":
      return <ListView list={block} />;
    case "heading":
      return (
        <p>
          <strong>
            <Lines lines={block.lines} />
          </strong>
        </p>
      );
    case "paragraph":
      return (
        <p>
          <Lines lines={block.lines} />
        </p>
      );
  }
}

function ListView({ list: { ordered, start, items } }: { list: List }) {
  const entries = items.map(({ lines, lists }, index) => (
    <li key={index}>
      <Lines lines={lines} />
      {lists.map((list, number) => (
        <ListView key={number} list={list} />
      ))}
    </li>
  ));
  return ordered ? (
    <ol start={start} className="list-decimal pl-6">
      {entries}
    </ol>
  ) : (
    <ul className="list-disc pl-6">{entries}</ul>
  );
}

function Lines({ lines }: { lines: readonly Inline[][] }) {
  return lines.map((line, index) => (
    <Fragment key={index}>
      {index > 0 && <br />}
      <Inlines nodes={line} />
    </Fragment>
  ));
}

function Inlines({ nodes }: { nodes: readonly Inline[] }) {
  return nodes.map((node, index) => {
    if (typeof node === "string") return <Fragment key={index}>{node}</Fragment>;
    if (node.type === "code") {
      return (
        <code key={index} className="rounded bg-sunken px-1 text-[0.9em]">
          {node.text}
        </code>
      );
    }
    const Mark = node.type;
    return (
      <Mark key={index}>
        <Inlines nodes={node.children} />
      </Mark>
    );
  });
}
