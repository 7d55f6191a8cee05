"""The command line: what the pages do, without them. ``python -m genai_core --help``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from genai_core.contracts import N_
from genai_core.errors import ConfigError, DataError, RunError, UserError

if TYPE_CHECKING:
    from genai_core.contracts import RunSpec
    from genai_core.runs.store import Run, RunRecord, Store

KINDS = ("models", "datasets", "applications", "risks")
SECONDS = 30  # of a training for which no budget is named
MOST_SAMPLES = 100_000
CHUNK = 1000  # samples drawn at a time
KEPT = ("metrics", "control")  # what `evaluate` tells of an experiment's report


class Parser(argparse.ArgumentParser):
    """Its errors are one sentence, as all of ours."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(N_("{sentence} See {prog} --help."), sentence=_sentence(message), prog=self.prog)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def parser() -> Parser:
    top = Parser(prog="python -m genai_core", description="Train, sample and measure generative models.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="what there is")
    command.add_argument("kind", choices=KINDS)
    command.add_argument("--json", action="store_true")
    command.set_defaults(action=list_plugins)

    command = commands.add_parser("train", help="train a model; DIR becomes a run folder")
    command.add_argument("model")
    command.add_argument("--dataset", required=True, metavar="KEY")
    _add_settings(command, "knob")
    budget = command.add_mutually_exclusive_group()
    budget.add_argument("--steps", metavar="N")
    budget.add_argument("--seconds", metavar="S", help=f"the default is {SECONDS}")
    command.add_argument("--out", required=True, metavar="DIR")
    command.set_defaults(action=train)

    command = commands.add_parser("resume", help="go on with a run that was stopped")
    command.add_argument("run_dir", metavar="RUN_DIR")
    command.set_defaults(action=resume)

    command = commands.add_parser("sample", help="sample a trained run into an npz file")
    command.add_argument("run_dir", metavar="RUN_DIR")
    command.add_argument("--n", required=True, metavar="N")
    _add_settings(command, "control")
    command.add_argument("--out", required=True, metavar="FILE.npz")
    command.set_defaults(action=sample)

    command = commands.add_parser("evaluate", help="measure a run, beside the floor of real data against real data")
    command.add_argument("run_dir", metavar="RUN_DIR")
    command.add_argument("--json", action="store_true")
    command.set_defaults(action=evaluate)

    command = commands.add_parser("run", help="run an application or a risk; DIR becomes a run folder")
    command.add_argument("experiment")
    _add_settings(command, "knob")
    command.add_argument("--out", required=True, metavar="DIR")
    command.set_defaults(action=run_experiment)

    gallery = commands.add_parser("gallery", help="the shipped runs").add_subparsers(
        dest="subcommand", required=True, metavar="build|check"
    )
    command = gallery.add_parser("build", help="train the presets whose run is missing or out of date")
    command.add_argument("--only", metavar="KEY")
    command.add_argument("--force", action="store_true", help="train them again in any case")
    command.set_defaults(action=build_gallery)
    command = gallery.add_parser("check", help="check every file, spec and weight of the gallery")
    command.set_defaults(action=check_gallery)
    return top


def _add_settings(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("--set", action="append", default=[], dest="settings", metavar=f"{name}=value")
    command.add_argument("--seed", default="0", metavar="N")


def settings(pairs: Sequence[str]) -> dict[str, str]:
    """{"lr": "0.1"} from ["lr=0.1"]."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ConfigError(N_("A setting is written name=value, not {value}."), value=pair)
        if name in found:
            raise ConfigError(N_("The setting {name} is given twice."), name=name)
        found[name] = value
    return found


# --- commands --------------------------------------------------------------------------------------------------------


def list_plugins(args: argparse.Namespace) -> int:
    from genai_core import registry

    found: dict[str, dict[str, Any]] = registry.catalogue()[args.kind]
    if args.json:
        print(json.dumps(list(found.values()), ensure_ascii=False, indent=1))
        return 0
    width = max(map(len, found), default=0)
    for key, entry in found.items():
        absent = "" if entry.get("available", True) else "  (not on this machine)"
        print(f"{key:<{width}}  {entry['title']}: {entry['summary']}{absent}")
    return 0


def train(args: argparse.Namespace) -> int:
    from genai_core import registry

    _known(args.model, registry.models(), N_("There is no model called {name}. Available: {allowed}."))
    budget = {"steps": args.steps} if args.steps is not None else {"seconds": args.seconds or SECONDS}
    spec = _catalogue().spec(args.model, settings(args.settings), args.dataset, args.seed, budget)
    return _make(spec, args.out)


def run_experiment(args: argparse.Namespace) -> int:
    from genai_core import registry
    from genai_core.runs.store import open_folder

    found = registry.applications() | registry.risks()
    _known(args.experiment, found, N_("There is no experiment called {name}. Available: {allowed}."))
    code = _make(_catalogue().spec(args.experiment, settings(args.settings), seed=args.seed), args.out)
    report = open_folder(args.out).report()
    if report is not None:
        print(report["finding"].format(**report["params"]))
    return code


def resume(args: argparse.Namespace) -> int:
    from genai_core.runs.store import FolderStore, open_folder

    record = open_folder(args.run_dir).record()
    if record.state == "done":
        raise RunError(N_("Run {id} is done: there is nothing left to train. Start a new run."), id=record.id)
    return _carry_out(FolderStore(args.run_dir), record.id, args.run_dir)


def sample(args: argparse.Namespace) -> int:
    import numpy as np

    from genai_core.looks import learned
    from genai_core.runs.spec import check_seed, whole
    from genai_core.runs.store import open_folder
    from genai_core.training import stream

    n = whole("n", args.n)
    if not 1 <= n <= MOST_SAMPLES:
        raise ConfigError(N_("{name} must lie between {low} and {high}."), name="n", low=1, high=MOST_SAMPLES)
    seed, run, out = check_seed(args.seed), open_folder(args.run_dir), Path(args.out)
    if _experiment(run) is not None:
        raise RunError(N_("Run {id} is of an experiment, which leaves no model to sample from."), id=run.record().id)
    _writable(out)
    found = learned(run)
    image = found.record.info is not None and found.record.info.modality == "image"
    controls, rng = settings(args.settings), stream(seed, "sample")
    parts = [found.draw(min(CHUNK, n - start), rng, controls) for start in range(0, n, CHUNK)]
    samples = np.concatenate(parts)
    if image:
        samples = samples.clip(0, 1)
    part = out.with_name(f".{out.name}.part")
    try:
        with open(part, "wb") as file:
            np.savez_compressed(file, samples=samples)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    print(f"{n} samples of shape {samples.shape[1:]} in {out}")
    return 0


def _writable(out: Path) -> None:
    """Before anything is drawn: samples may take the place of older samples, and of nothing else."""
    import errno
    import os
    import zipfile

    if not out.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(out))
    if out.exists() and not (out.is_file() and (out.stat().st_size == 0 or zipfile.is_zipfile(out))):
        raise ConfigError(N_("{path} is there already, and holds no samples. Name another file."), path=str(out))


def evaluate(args: argparse.Namespace) -> int:
    import torch

    from genai_core import registry
    from genai_core.looks import learned
    from genai_core.runs.store import open_folder
    from genai_core.training import EVALUATED, meter_for, stream

    run = open_folder(args.run_dir)
    if _experiment(run) is not None:
        return _evaluate_experiment(run, args.json)
    found = learned(run)
    record = found.record
    dataset = registry.datasets().get(record.spec.dataset or "")
    if dataset is None:
        raise DataError(N_("There is no data set called {name} in this version."), name=record.spec.dataset)
    data = dataset.load()
    model, seed = found.model, record.spec.seed
    meter = meter_for(data, dataset.key) if getattr(model, "metered", True) else None
    measures = getattr(model, "measures", None)
    if meter is None and measures is None:
        raise RunError(N_("There is no measure of quality for {name}: it holds no 28 x 28 images."), name=dataset.key)
    values: dict[str, float] = {}
    floors: dict[str, float] = {}
    n = 0
    if meter is not None:  # the samples that the run's own last evaluation drew
        n = min(EVALUATED, len(data.heldout))
        values, floors = meter.measure(found.draw(n, stream(seed, "evaluation"), {})), meter.floor()
    if measures is not None:
        with torch.no_grad():
            values = values | measures(data, stream(seed, "measures"))
            floors = floors | getattr(model, "references", lambda _: {})(data)
    if args.json:
        metrics = {name: {"value": value, "floor": floors.get(name)} for name, value in values.items()}
        print(json.dumps({"run": record.id, "step": record.step, "samples": n, "metrics": metrics}, indent=1))
        return 0
    print(f"{'measure':<16}{'value':>12}{'floor':>16}")
    for name, value in values.items():
        print(f"{name:<16}{value:>12.4g}" + (f"{floors[name]:>16.4g}" if name in floors else ""))
    return 0


def _experiment(run: Run) -> Any:
    """The experiment that a run is of, None where it is of a model."""
    from genai_core import registry

    return (registry.applications() | registry.risks()).get(run.record().spec.plugin)


def _evaluate_experiment(run: Run, as_json: bool) -> int:
    """What an experiment measured stands in its report: values with their intervals, and the control's."""
    record, report = run.record(), run.report()
    if report is None:
        raise RunError(N_("Run {id} has no report yet."), id=record.id)
    names = ("value", "low", "high", "floor")
    try:
        parts = {part: {name: {k: found[k] for k in names} for name, found in report[part].items()} for part in KEPT}
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(N_("The report of run {id} is damaged."), id=record.id) from error
    if as_json:
        print(json.dumps({"run": record.id, "step": record.step} | parts, indent=1))
        return 0
    print(f"{'measure':<18}" + "".join(f"{name:>12}" for name in names))
    for name, numbers in (parts["metrics"] | parts["control"]).items():
        print(f"{name:<18}" + "".join(f"{'' if x is None else f'{x:.4g}':>12}" for x in numbers.values()))
    return 0


def build_gallery(args: argparse.Namespace) -> int:
    from genai_core.execution.gallery import build

    def execute(store: Store, run_id: str, threads: int) -> str:
        print(f"{store.open(run_id).record().preset} …", flush=True)
        record = carry_out(store, run_id, threads)
        if record.state == "stopped":
            raise RunError(N_("Stopped; the presets built so far are kept."))
        return record.state

    built = build(args.only, args.force, execute=execute)
    print(f"{len(built)} runs built." if built else "Every preset has its run.")
    return 0


def check_gallery(_args: argparse.Namespace) -> int:
    from genai_core.execution.gallery import check

    problems = check()
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print("The gallery is in order.")
    return 1 if problems else 0


# --- runs in this process --------------------------------------------------------------------------------------------


def _catalogue() -> Any:
    from genai_core import registry
    from genai_core.catalogue import Catalogue

    return Catalogue(registry.catalogue())


def _known(name: str, found: Mapping[str, Any], message: str) -> None:
    if name not in found:
        raise ConfigError(message, name=name, allowed=", ".join(found) or "-")


def _make(spec: RunSpec, folder: str) -> int:
    from genai_core.runs.store import FolderStore

    store = FolderStore(folder)
    run_id = store.create(spec, origin="cli")
    try:
        return _carry_out(store, run_id, folder)
    except UserError:
        record = store.open(run_id).record()
        if record.state == "failed" and not record.step and not (record.error or {}).get("traceback"):
            (Path(folder) / "run.json").unlink()  # it never began, and the sentence said why: the folder is free again
        raise


def _carry_out(store: Store, run_id: str, folder: str) -> int:
    from genai_core import registry
    from genai_core.execution import machine

    model = registry.models().get(store.open(run_id).record().spec.plugin)
    record = carry_out(store, run_id, machine.threads(model.threads, machine.idle(0.2)) if model else 1)
    if record.state == "stopped":
        message = N_("Stopped at step {step}; go on with: python -m genai_core resume {folder}")
        raise RunError(message, step=record.step, folder=folder)
    print(f"{record.id}: {record.step} steps in {record.elapsed:.1f} s, in {Path(folder)}")
    return 0


def carry_out(store: Store, run_id: str, threads: int) -> RunRecord:
    """Execute a run here, with a progress bar; Ctrl-C stops it with a checkpoint. Raises RunError where it fails."""
    from genai_core.runs.job import execute

    record = store.open(run_id).record()
    progress = Progress(record.spec, record.step)
    before = {number: signal.signal(number, progress.stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        state = execute(store, run_id, progress, threads=threads)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        progress.close()
    record = store.open(run_id).record()
    if state == "failed" and record.error:
        raise RunError(record.error["message"], **record.error["params"])
    return record


class Progress:
    """A bar on a terminal, drawn at most ten times a second; the run's control, through which Ctrl-C reaches it."""

    WIDTH = 30

    def __init__(self, spec: RunSpec, step: int) -> None:
        self.spec, self.steps = spec, step
        self.began, self.drawn = time.monotonic(), 0.0
        self.word: str | None = None
        self.shown = sys.stderr.isatty()

    def stop(self, *_: object) -> None:
        self.word = "stop"

    def __call__(self) -> str | None:
        now = time.monotonic()
        if self.shown and now - self.drawn > 0.1:
            self.drawn = now
            self.draw(now - self.began)
        self.steps += 1
        return self.word

    def draw(self, seconds: float) -> None:
        budget = self.spec.budget
        share = self.steps / budget.steps if budget.steps else seconds / budget.seconds if budget.seconds else 0.0
        share = min(1.0, share)
        left = f", {seconds / share - seconds:.0f} s left" if share > 0.02 else ""
        bar = "█" * round(share * self.WIDTH)
        text = f"\r{bar:░<{self.WIDTH}} {share:4.0%}  step {self.steps}, {seconds:.0f} s{left}"
        sys.stderr.write(f"{text:<78}")
        sys.stderr.flush()

    def close(self) -> None:
        if self.shown and self.drawn:
            sys.stderr.write("\r" + " " * 78 + "\r")
            sys.stderr.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, 1 for a gallery with problems, 2 after an error (a sentence on stderr)."""
    try:
        args = parser().parse_args(argv)
        return args.action(args)
    except UserError as error:
        sentence = str(error)
    except OSError as error:
        sentence = f"{error.filename or 'A file'}: {error.strerror or error}."
    except KeyboardInterrupt:
        sentence = "Interrupted."
    print(" ".join(sentence.split()), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
