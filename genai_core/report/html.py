"""A report as one HTML file that stands alone: figures as SVG, pictures and typeface inside it, every text escaped. Torch-free."""

from __future__ import annotations

import base64
import html

from genai_core import fonts
from genai_core.report import Block, Chart, Document, Facts, Grid, Heading, Picture, Text
from genai_core.report.drawing import svg

STYLE = """
@font-face{font-family:"GenAI CJK";src:url(data:font/ttf;base64,FONT)}
body{font:16px/1.6 system-ui,"GenAI CJK",sans-serif;color:#1f2328;background:#fff;max-width:50rem;
  margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:2rem;line-height:1.15;margin:0}h2{margin:3rem 0 .5rem;border-top:3px solid #b8390e;
  padding-top:.6rem}h3{margin:2rem 0 .3rem}
h4{margin:1.4rem 0 .2rem}
.lead{font-size:1.1rem}.note{color:#57606a;font-size:.9rem}svg{width:100%;height:auto;font-family:inherit}img{image-rendering:pixelated;border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.92rem}th{text-align:left}
th,td{padding:.35rem .8rem .35rem 0;border-bottom:1px solid #d8dce1;
  vertical-align:top;overflow-wrap:anywhere}
.facts th{font-weight:600;width:34%}.wide{overflow-x:auto}@media print{h2{break-before:page}figure,tr{break-inside:avoid}}
"""


def render(document: Document) -> bytes:
    """The document as UTF-8 HTML."""
    body = "\n".join(_block(block) for block in document.blocks)
    style = STYLE.replace("FONT", base64.b64encode(fonts.path().read_bytes()).decode("ascii"))
    title = html.escape(document.title)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{style}</style>'
    subtitle, foot = html.escape(document.subtitle), html.escape(document.foot)
    language = html.escape({"zh": "zh-CN"}.get(document.language, document.language))
    return (
        f'<!doctype html><html lang="{language}"><head>{head}</head><body><h1>{title}</h1><p class="note">{subtitle}</p>\n'
        f'{body}\n<p class="note">{foot}</p></body></html>'
    ).encode()


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level + 1}>{html.escape(text)}</h{level + 1}>"
        case Text(text, kind):
            lines = "<br>".join(html.escape(line) for line in text.split("\n"))
            return f"<p>{lines}</p>" if kind == "body" else f'<p class="{html.escape(kind)}">{lines}</p>'
        case Facts(rows):
            cells = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
            return f'<table class="facts">{cells}</table>'
        case Grid(head, rows, _):
            top = "".join(f"<th>{html.escape(name)}</th>" for name in head)
            cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{cells}</tbody></table></div>'
        case Chart(drawing, alt):
            return f'<figure style="margin:1rem 0">{svg(drawing, alt)}</figure>'
        case Picture(png, alt, share):
            data = base64.b64encode(png).decode("ascii")
            image = f'<img style="width:{share:.0%}" alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'
            return f'<figure style="margin:1rem 0">{image}</figure>'
