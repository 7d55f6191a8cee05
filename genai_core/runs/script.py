"""A run as a small script: what repeats it without the app. Torch-free, as it only writes text."""

from __future__ import annotations

import json
import re

from genai_core.runs import spec as specs
from genai_core.runs.store import RunRecord

TEMPLATE = '''"""Repeats run {id} without the app: python {name}

Put it into the root folder of a checkout of the project and run it there, with the requirements installed. The result is
a run folder: frames, measures, weights. With the versions below, {threads} thread(s) and the same dtype ({dtype}), the
weights come out equal to the bit.
Recorded versions: {versions}
"""

import json

from genai_core.runs.job import execute
from genai_core.runs.spec import from_json
from genai_core.runs.store import FolderStore

SPEC = {spec}

store = FolderStore("run-{id}")
run_id = store.create(from_json(json.loads(SPEC)), origin="cli")
state = execute(store, run_id, threads={threads})
record = store.open(run_id).record()
print(f"{{state}} after {{record.step}} steps and {{record.elapsed:.1f}} s; the run is in {{store.url}}")
if record.error:
    print(record.error["message"].format(**record.error["params"]))
report = store.open(run_id).report()
for name, metric in (report or {{"metrics": {{}}}})["metrics"].items():
    said = (f"{{part}} {{metric[part]:.4g}}" for part in ("value", "low", "high", "floor") if metric[part] is not None)
    print(f"{{name:>18}}", *said)
'''


def name(record: RunRecord) -> str:
    """The file name of the script."""
    return f"reproduce_{record.id.replace('-', '_')}.py"


def reproduce(record: RunRecord) -> str:
    """The script that repeats a run to the step it reached. A run that has not begun is repeated by its own budget."""
    spec = record.replay() if record.step else record.spec
    text = json.dumps(specs.to_json(spec), indent=4, ensure_ascii=True)
    return TEMPLATE.format(
        id=record.id,
        name=name(record),
        threads=record.threads or 1,
        dtype=_word(record.dtype) or "as the model chooses",
        versions=", ".join(f"{_word(k)} {_word(v)}" for k, v in sorted(record.versions.items())) or "none yet",
        spec=f"r'''{text}'''" if "'''" not in text else repr(text),
    )


def _word(text: str) -> str:
    """Only what a version is made of: the record may be a stranger's, and this lands in a program."""
    return re.sub(r"[^\w.+ -]", "", text, flags=re.ASCII)[:60]
