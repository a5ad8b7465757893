import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { parseInline, parseMarkdown } from "../model/markdown";
import { MarkdownText } from "./markdown-text";

/** Return the HTML of a text, without the surrounding element and the classes. */
function html(text: string): string {
  const rendered = renderToStaticMarkup(createElement(MarkdownText, { text })).replace(/ class="[^"]*"/g, "");
  return rendered.slice("<div>".length, -"</div>".length);
}

test.each([
  ["plain text", "<p>plain text</p>"],
  ["first\nsecond", "<p>first<br/>second</p>"],
  ["first\r\n\r\nsecond", "<p>first</p><p>second</p>"],
  ["**bold** and *italic*", "<p><strong>bold</strong> and <em>italic</em></p>"],
  ["__bold__ and _italic_", "<p><strong>bold</strong> and <em>italic</em></p>"],
  ["***both***", "<p><strong><em>both</em></strong></p>"],
  ["**bold *and italic* bold**", "<p><strong>bold <em>and italic</em> bold</strong></p>"],
  ["*italic **and bold***", "<p><em>italic <strong>and bold</strong></em></p>"],
  ["in**si**de", "<p>in<strong>si</strong>de</p>"],
  ["snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"],
  ["**unclosed *both", "<p>**unclosed *both</p>"],
  ["*a **b* c**", "<p><em>a **b</em> c**</p>"],
  ["**** and ____", "<p>**** and ____</p>"],
  ["** not bold **", "<p>** not bold **</p>"],
  ["run `npm **i**` now", "<p>run <code>npm **i**</code> now</p>"],
  ["``a ` b`` and `` ` ``", "<p><code>a ` b</code> and <code>`</code></p>"],
  ["an unclosed ` mark", "<p>an unclosed ` mark</p>"],
  ["# Title", "<p><strong>Title</strong></p>"],
  ["### A *title* ###\ntext", "<p><strong>A <em>title</em></strong></p><p>text</p>"],
  ["#no title", "<p>#no title</p>"],
  ["- a\n- b\n\n- c", "<ul><li>a</li><li>b</li><li>c</li></ul>"],
  ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
  ["1) a\n  - b\n  - c\n2) d", '<ol start="1"><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ol>'],
  ["- a\n1. b", '<ul><li>a</li></ul><ol start="1"><li>b</li></ol>'],
  ["- a\n  more\n\n  and more\n\nend", "<ul><li>a<br/>more<br/>and more</li></ul><p>end</p>"],
  ["```js\nlet *a* = `b`;\n\n# c\n```\nend", "<pre><code>let *a* = `b`;\n\n# c</code></pre><p>end</p>"],
  ["```\nnot closed", "<pre><code>not closed</code></pre>"],
  ["\\*not italic\\* and 1\\. and \\\\", "<p>*not italic* and 1. and \\</p>"],
  ["\\- no list", "<p>- no list</p>"],
  ["1\\. no list", "<p>1. no list</p>"],
  ["\\# no title", "<p># no title</p>"],
  ["a \\b", "<p>a \\b</p>"],
  ["", ""],
])("%j becomes %s", (text, expected) => {
  expect(html(text)).toBe(expected);
});

const TAG = /<\/?([a-z]+)[^>]*>/g;
const ALLOWED = ["p", "br", "strong", "em", "code", "pre", "ul", "ol", "li"];

test.each([
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "<b>bold</b>",
  "**<img src=x>**",
  "`<img src=x>`",
  "```\n<img src=x>\n```",
  "![x](https://evil.example/?q=secret)",
  "[click](javascript:alert(1))",
  "[click](https://evil.example)",
  "[x]: https://evil.example\n[x]",
  "<https://evil.example>",
  "https://evil.example",
  "&lt;img src=x&gt; &#60;",
  "- <a href=x>\n1. <iframe>",
  "# <svg onload=alert(1)>",
])("%j makes no element of its own and stays readable", (text) => {
  const rendered = html(text);
  expect([...rendered.matchAll(TAG)].map(([, name]) => name).filter((name) => !ALLOWED.includes(name ?? ""))).toEqual([]);
  expect(rendered).not.toMatch(/<[^>]* (href|src|on\w+)=/);
});

test("links and images are shown as they are written", () => {
  const text = "![x](https://evil.example/?q=1) and [a](javascript:x)";
  expect(html(text)).toBe(`<p>${text}</p>`);
});

const LENGTH = 200_000;

test.each([
  ["stars", "*"],
  ["openers", "*a "],
  ["closers", "a* "],
  ["strong openers", "**a "],
  ["alternating marks", "*a _b **c __d "],
  ["mixed closers", "*a **b* c** "],
  ["underscores", "_"],
  ["backticks", "`"],
  ["growing runs of backticks", "` `` ``` ```` "],
  ["backslashes", "\\"],
  ["brackets", "[]("],
  ["bullets", "- "],
  ["deep lists", "- a\n  "],
  ["numbers", "1. a\n"],
  ["hashes", "# "],
  ["fences", "```\n"],
  ["line feeds", "\n"],
  ["spaces", " "],
  ["tabs and bullets", "\t- a\n"],
])("%s are parsed in linear time", (_, part) => {
  // A quadratic parser would need minutes and fail by the time limit of a test.
  const blocks = parseMarkdown(part.repeat(LENGTH / part.length));
  expect(JSON.stringify(blocks).length).toBeLessThan(LENGTH * 20);
});

test("unequal runs of backticks are parsed in linear time", () => {
  const text = Array.from({ length: 600 }, (_, index) => "`".repeat(index + 1)).join(" ");
  expect(parseInline(text)).toEqual([text]);
});

test("lists of any depth are shown, the deepest as one list", () => {
  const text = Array.from({ length: 2000 }, (_, depth) => `${"  ".repeat(depth)}- a`).join("\n");
  const rendered = html(text);
  expect(rendered.match(/<li>/g)).toHaveLength(2000);
  expect(rendered.match(/<ul>/g)).toHaveLength(8);
});
