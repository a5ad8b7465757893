/*
 * The part of Markdown that an answer needs: paragraphs, line breaks, headings, lists, code, bold and
 * italics. Links, images and HTML stay the text that they are, so an answer can neither load nor run
 * anything. Each function reads its text once, so the time is linear for any text.
 */

export type Inline = string | { type: "strong" | "em"; children: Inline[] } | { type: "code"; text: string };

export interface ListItem {
  /** The lines of the item, with its own text first. */
  lines: Inline[][];
  lists: List[];
}

export interface List {
  type: "list";
  ordered: boolean;
  start: number;
  items: ListItem[];
}

export type Block = { type: "paragraph" | "heading"; lines: Inline[][] } | { type: "code"; text: string } | List;

const MAX_DEPTH = 8;
const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const HEADING = /^ {0,3}#{1,6}[ \t]+/;
const BULLET = /^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(?=\S)/;

/** Parse a text into its blocks. */
export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  const open: OpenList[] = [];
  let paragraph: Inline[][] | null = null;
  let fence: { mark: string; lines: string[] } | null = null;

  for (const line of text.split(/\r\n|\n|\r/)) {
    if (fence) {
      if (isClosing(line, fence.mark)) fence = closeFence(fence, blocks);
      else fence.lines.push(line);
      continue;
    }
    const mark = FENCE.exec(line)?.[1];
    const bullet = BULLET.exec(line);
    if (mark) {
      fence = { mark, lines: [] };
      open.length = 0;
      paragraph = null;
    } else if (line.trim() === "") {
      paragraph = null;
    } else if (HEADING.test(line)) {
      blocks.push({ type: "heading", lines: [parseInline(headingText(line))] });
      open.length = 0;
      paragraph = null;
    } else if (bullet) {
      const [whole, indent = "", number] = bullet;
      const item: ListItem = { lines: [parseInline(line.slice(whole.length))], lists: [] };
      addItem(blocks, open, item, widthOf(indent), number);
      paragraph = item.lines;
    } else if (paragraph) {
      paragraph.push(parseInline(line.trim()));
    } else {
      const item = open.at(-1)?.list.items.at(-1);
      const continues = item && /^[ \t]{2,}/.test(line);
      paragraph = continues ? item.lines : [];
      if (!continues) {
        open.length = 0;
        blocks.push({ type: "paragraph", lines: paragraph });
      }
      paragraph.push(parseInline(line.trim()));
    }
  }
  if (fence) closeFence(fence, blocks);
  return blocks;
}

/** Return the words of a Markdown text, for a screen reader. */
export function plainText(text: string): string {
  return parseMarkdown(text).map(wordsOf).join("\n");
}

function wordsOf(block: Block): string {
  if (block.type === "code") return block.text;
  if (block.type !== "list") return block.lines.map(inlineWords).join("\n");
  return block.items.map(({ lines, lists }) => [...lines.map(inlineWords), ...lists.map(wordsOf)].join("\n")).join("\n");
}

function inlineWords(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => (typeof node === "string" ? node : node.type === "code" ? node.text : inlineWords(node.children)))
    .join("");
}

interface OpenList {
  list: List;
  indent: number;
}

/** Add an item to the list of its indentation: the innermost, an outer one, or a new one. */
function addItem(blocks: Block[], open: OpenList[], item: ListItem, indent: number, number: string | undefined): void {
  while (open.length > 1 && indent < (open.at(-1)?.indent ?? 0)) open.pop();
  const inner = open.at(-1);
  const ordered = number !== undefined;
  const isNested = inner !== undefined && indent >= inner.indent + 2 && open.length < MAX_DEPTH;
  if (inner && !isNested && inner.list.ordered === ordered) {
    inner.list.items.push(item);
    return;
  }
  const list: List = { type: "list", ordered, start: Number(number ?? 1), items: [item] };
  if (!isNested) open.pop(); // a list of the other type begins at the same indentation
  const parent = open.at(-1)?.list.items.at(-1);
  if (parent) parent.lists.push(list);
  else blocks.push(list);
  open.push({ list, indent: isNested || !inner ? indent : inner.indent });
}

function widthOf(indent: string): number {
  return indent.replaceAll("\t", "    ").length;
}

function headingText(line: string): string {
  const text = line.replace(HEADING, "").trim();
  let end = text.length;
  while (end > 0 && text[end - 1] === "#") end -= 1;
  return end < text.length && (end === 0 || text[end - 1] === " ") ? text.slice(0, end).trim() : text;
}

function isClosing(line: string, mark: string): boolean {
  const text = line.trim();
  return text.length >= mark.length && text === mark.charAt(0).repeat(text.length);
}

function closeFence({ lines }: { lines: string[] }, blocks: Block[]): null {
  blocks.push({ type: "code", text: lines.join("\n") });
  return null;
}

type Mark = "**" | "__" | "*" | "_";

interface Frame {
  mark: Mark | null;
  children: Inline[];
}

// Bold italics. A longer run is a line or a rating, not a mark.
const LONGEST_MARK = 3;
const ESCAPABLE = /[!-/:-@[-`{-~]/;
const SPACE = /\s/;
const WORD = /[\p{L}\p{N}]/u;

/** Parse one line: bold, italics, code, and backslash escapes. */
export function parseInline(line: string): Inline[] {
  const ends = codeEnds(line);
  const frames: Frame[] = [{ mark: null, children: [] }];
  let text = "";

  const top = () => frames.at(-1) as Frame;
  function flush(): void {
    if (text) top().children.push(text);
    text = "";
  }
  /** Turn the innermost frame back into text, because its mark is not closed. */
  function unwrap(): void {
    flush();
    const { mark, children } = frames.pop() as Frame;
    for (const child of [mark ?? "", ...children]) top().children.push(child);
  }

  for (let at = 0; at < line.length; ) {
    const character = line.charAt(at);
    if (character === "\\" && ESCAPABLE.test(line.charAt(at + 1))) {
      text += line.charAt(at + 1);
      at += 2;
      continue;
    }
    if (character === "`") {
      const length = runLength(line, at);
      const end = ends.get(at);
      if (end === undefined) {
        text += line.slice(at, at + length);
        at += length;
      } else {
        flush();
        top().children.push({ type: "code", text: codeText(line.slice(at + length, end)) });
        at = end + length;
      }
      continue;
    }
    if (character !== "*" && character !== "_") {
      text += character;
      at += 1;
      continue;
    }
    const length = runLength(line, at);
    if (length > LONGEST_MARK) {
      text += line.slice(at, at + length);
      at += length;
      continue;
    }
    const before = line.charAt(at - 1);
    const after = line.charAt(at + length);
    // An underscore inside a word, as in a file name, is an underscore.
    const isInWord = character === "_" && WORD.test(before) && WORD.test(after);
    const canClose = before !== "" && !SPACE.test(before) && !isInWord;
    const canOpen = after !== "" && !SPACE.test(after) && !isInWord;
    const mark = markAt(character, length, canClose ? frames : []);
    const position = frames.findIndex((frame) => frame.mark === mark);
    if (canClose && position > 0) {
      while (frames.length > position + 1) unwrap();
      flush();
      const { children } = frames.pop() as Frame;
      top().children.push({ type: mark.length === 2 ? "strong" : "em", children });
    } else if (canOpen && position < 0) {
      flush();
      frames.push({ mark, children: [] });
    } else {
      text += mark;
    }
    at += mark.length;
  }
  while (frames.length > 1) unwrap();
  flush();
  return joinTexts(top().children);
}

/** Return the mark to read from a run: the innermost that it can close, otherwise the longest. */
function markAt(character: "*" | "_", length: number, frames: readonly Frame[]): Mark {
  const single: Mark = character;
  const double: Mark = character === "*" ? "**" : "__";
  const inner = frames.findLast(({ mark }) => mark === single || (length > 1 && mark === double))?.mark;
  return inner ?? (length > 1 ? double : single);
}

/** Return for each run of backticks that begins code the position of the run that ends it. */
function codeEnds(line: string): Map<number, number> {
  const ends = new Map<number, number>();
  const next = new Map<number, number>();
  for (let at = line.length - 1; at >= 0; at -= 1) {
    if (line.charAt(at) !== "`" || line.charAt(at - 1) === "`") continue;
    const length = runLength(line, at);
    const end = next.get(length);
    if (end !== undefined) ends.set(at, end);
    next.set(length, at);
  }
  return ends;
}

function runLength(line: string, start: number): number {
  let end = start;
  while (line.charAt(end) === line.charAt(start) && end < line.length) end += 1;
  return end - start;
}

// A space on both sides separates backticks of the code from the marks, as in "`` ` ``".
function codeText(text: string): string {
  return text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "" ? text.slice(1, -1) : text;
}

function joinTexts(nodes: readonly Inline[]): Inline[] {
  const joined: Inline[] = [];
  let text = "";
  for (const node of nodes) {
    if (typeof node === "string") text += node;
    else {
      if (text) joined.push(text);
      text = "";
      joined.push(node.type === "code" ? node : { ...node, children: joinTexts(node.children) });
    }
  }
  if (text) joined.push(text);
  return joined;
}
