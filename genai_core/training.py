"""The one training loop. It knows no model: what a step is, the model says; the loop keeps time, streams and records."""

from __future__ import annotations

import hashlib
import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import torch

from genai_core.contracts import N_, Batch, Data, DatasetSpec, Event, Metric, ModelSpec, Report, RunSpec
from genai_core.errors import RunError
from genai_core.runs.spec import MAX_STEPS
from genai_core.runs.store import TRAINED

UNKNOWN_TOTAL = 10**9  # what a schedule sees of the total in the first steps of every run
WARM_STEPS = 20
EVENT_SECONDS = 0.15  # losses are read off this often at first, once a second after an hour
FRAME_SECONDS = 0.5
FRAME_GROWTH = 0.045  # 150 frames an hour: learning is quick early, and so are the frames
EVALUATE_AT = (1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 3 / 4)  # of the budget; once more at its end
EVALUATE_SHARE = 0.1  # of the run's time, at most, the last evaluation left aside
EVALUATED = 1000  # samples, as in the protocol of the metrics
SUMMARISED = 6000  # samples of the report: six thousands, measured one by one, give an interval
TEXT_FRAME = 4000  # characters of a frame that is a text


class Meter(Protocol):
    """Measures samples against held-out data; :class:`genai_core.metrics.quality.Quality` is one."""

    def measure(self, samples: Any) -> dict[str, float]: ...

    def floor(self) -> dict[str, float]: ...

    def summary(self, samples: Any) -> dict[str, Metric]: ...

    def about(self) -> dict[str, Any]: ...


def meter_for(data: Data, dataset_key: str = "") -> Meter | None:
    """The quality meter that fits a data set, None where there is none."""
    from genai_core.metrics.quality import meter

    return meter(data, dataset_key)


def stream(seed: int, name: str) -> torch.Generator:
    """A generator of its own for each purpose of a run, so that drawing more in one leaves the others as they were."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "little"))


class Batches:
    """Batches from tensors in memory: shuffled once an epoch, every item once an epoch, whatever the batch size."""

    def __init__(self, data: Data, size: int, rng: torch.Generator) -> None:
        self.x = _tensor(data.train)
        self.y = None if data.train_labels is None else torch.from_numpy(data.train_labels).long()
        self.size = size
        self.rng = rng
        self.order = torch.randperm(len(self.x), generator=rng)
        self.position = 0

    def next(self) -> Batch:
        """Images come as float32 in [0, 1], anything else as it is."""
        parts, wanted = [], self.size
        while wanted:
            if self.position == len(self.order):
                self.order = torch.randperm(len(self.x), generator=self.rng)
                self.position = 0
            part = self.order[self.position : self.position + wanted]
            self.position += len(part)
            wanted -= len(part)
            parts.append(part)
        index = parts[0] if len(parts) == 1 else torch.cat(parts)
        x = self.x.index_select(0, index)
        if x.dtype == torch.uint8:
            x = x.float().div_(255)
        return Batch(x, None if self.y is None else self.y.index_select(0, index))

    def load(self, order: torch.Tensor, position: int) -> None:
        """Go on at a place of an order. ValueError where it is none of these data."""
        if order.dtype != torch.int64 or not torch.equal(order.sort().values, torch.arange(len(self.x))):
            raise ValueError("the order of the data is not a permutation of it")
        if not 0 <= position <= len(order):
            raise ValueError("the position lies outside the data")
        self.order, self.position = order.clone(), position


class Windows:
    """Batches of stretches that begin anywhere in a text or a series, each with replacement: there are no epochs."""

    def __init__(self, data: Data, size: int, context: int, rng: torch.Generator) -> None:
        self.x = _tensor(data.train)
        if len(self.x) <= context:
            raise RunError(
                N_("These data have {n} values: too few for stretches of {context}. Choose a shorter context."),
                n=len(self.x),
                context=context,
            )
        self.size, self.rng = size, rng
        self.within = torch.arange(context + 1)
        self.order, self.position = torch.empty(0, dtype=torch.int64), 0  # nothing to remember but the stream

    def next(self) -> Batch:
        """Token ids as int64, values as they are: (size, context + 1)."""
        starts = torch.randint(len(self.x) - len(self.within) + 1, (self.size, 1), generator=self.rng)
        x = self.x[starts + self.within]
        return Batch(x if x.is_floating_point() else x.long(), None)

    def load(self, order: torch.Tensor, position: int) -> None:
        if len(order) or position:
            raise ValueError("stretches have no order")


class Poisson(Batches):
    """Batches in which every item stands with the same chance, whoever else does (Poisson sampling): what the accounts of
    differential privacy presume. ``size`` is their expected size; a batch may be empty."""

    def __init__(self, data: Data, size: int, rng: torch.Generator) -> None:
        super().__init__(data, size, rng)
        self.order, self.position = torch.empty(0, dtype=torch.int64), 0  # nothing to remember but the stream

    def next(self) -> Batch:
        index = torch.nonzero(torch.rand(len(self.x), generator=self.rng) < self.size / len(self.x)).flatten()
        return Batch(self.x[index], None if self.y is None else self.y[index])

    def load(self, order: torch.Tensor, position: int) -> None:
        if len(order) or position:
            raise ValueError("drawn batches have no order")


def batches_for(data: Data, config: Any, model_spec: ModelSpec, rng: torch.Generator) -> Batches | Windows:
    """Items one by one or each by its chance, or windows of a text or a series as long as the config's ``context``."""
    size = getattr(config, model_spec.batch_knob)
    if model_spec.poisson:
        return Poisson(data, size, rng)
    if data.info.modality in ("text", "series", "melody"):
        return Windows(data, size, config.context, rng)
    return Batches(data, size, rng)


def _tensor(array: np.ndarray) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # it is only ever read
        return torch.from_numpy(np.ascontiguousarray(array))


class Training:
    """One run of a model on data, from spec to report; can stop at any step and go on as if it had not.

    ``events()`` yields until the budget is used, ``until`` is reached or ``control`` says so; ``ended`` then says which:
    "budget", "until", or what control returned. Time spent on frames and evaluations counts.
    """

    def __init__(
        self,
        spec: RunSpec,
        model_spec: ModelSpec,
        dataset_spec: DatasetSpec,
        data: Data,
        threads: int = 1,
        *,
        meter: Callable[[Data, str], Meter | None] = meter_for,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        torch.set_num_threads(threads)
        self.spec = spec
        self.data = data
        self.dataset_spec = dataset_spec
        self._meter_for = meter
        self._clock = clock
        config = model_spec.config(**spec.config)
        torch.manual_seed(spec.seed)
        self.model = model_spec.build(config, data.info)
        self.model.train()
        self.optimizers: dict[str, torch.optim.Optimizer] = self.model.optimizers()
        self.batches = batches_for(data, config, model_spec, stream(spec.seed, "data"))
        self.model_rng = stream(spec.seed, "model")
        self.step = 0
        self.schedule: int | None = spec.budget.schedule or spec.budget.steps
        self.floors: dict[str, float] = {}
        self.ended = ""
        self._meter: Meter | None = None
        self._metered = False
        self._measured: dict[str, float] = {}
        self._durations: list[float] = []  # of the first steps, to fix the schedule of a run by seconds
        self._evaluations = 0  # of EVALUATE_AT, those passed
        self._evaluation_seconds = 0.0
        self._last_evaluation = 0.0
        self._next_event = 0.0
        self._next_frame = 0.0
        self._framed = 0  # the step of the last frame
        self._processor = [0.0, 0]  # seconds of processor time, all threads together, and the steps they were spent on
        self._before = 0.0  # seconds of earlier sessions
        self._since: float | None = None
        self._pending: dict[str, list[torch.Tensor]] = {}

    # -- time and budget

    @property
    def elapsed(self) -> float:
        """Seconds of the run's own time, pauses left out."""
        return self._before + (0.0 if self._since is None else self._clock() - self._since)

    @property
    def total(self) -> int | None:
        """The steps a progress bar counts to, None while a run by seconds measures its speed."""
        return self.spec.budget.steps or self.schedule

    @property
    def dtype(self) -> str:
        """What the model computes in: its ``compute_dtype`` where it names one, else the type of its parameters."""
        found = getattr(self.model, "compute_dtype", None) or next(self.model.parameters()).dtype
        return str(found).removeprefix("torch.")

    def progress(self) -> float:
        """Share of the budget used, 0 to 1."""
        budget = self.spec.budget
        if budget.steps is not None:
            return min(1.0, self.step / budget.steps)
        by_steps = self.step / self.schedule if self.schedule else 0.0
        # The last evaluation belongs to the budget: leave it the time the previous one took, up to a quarter.
        time_left_for_steps = budget.seconds - min(self._last_evaluation, budget.seconds / 4)
        return min(1.0, max(by_steps, self.elapsed / time_left_for_steps))

    # -- the loop

    def events(self, control: Callable[[], str | None] = lambda: None, until: int | None = None) -> Iterator[Event]:
        """Train, and yield what is to be shown. ``control`` is called before every step and ends the loop with a word.

        ``until`` is the step after which to end. RunError where a loss is no longer a finite number.
        """
        self._since = self._clock()
        self.ended = ""
        try:
            while not self.ended:
                if self.progress() >= 1:
                    self.ended = "budget"
                elif until is not None and self.step >= until:
                    self.ended = "until"
                elif word := control():
                    self.ended = word
                else:
                    self._train_step()
                if event := self._event(last=bool(self.ended)):
                    yield event
                    self._refuse_nonfinite(event)
            if self.ended == "budget":
                yield Event(self.step, self.total, report=self._report())
        finally:
            self._before, self._since = self.elapsed, None

    def _train_step(self) -> None:
        total = self.schedule if self.step >= WARM_STEPS and self.schedule is not None else UNKNOWN_TOTAL
        start, processor = self._clock(), time.process_time()
        self.step += 1
        losses = self.model.train_step(self.batches.next(), self.optimizers, self.step, total, self.model_rng)
        for name, value in losses.items():
            self._pending.setdefault(name, []).append(value)
        self._processor = [self._processor[0] + time.process_time() - processor, self._processor[1] + 1]
        if self.schedule is None:
            self._durations.append(self._clock() - start)
            if self.step == WARM_STEPS:
                # By the quickest step: a run should end by its time, and not before it because its first steps were slow.
                pace = max(min(self._durations), 1e-6)
                self.schedule = min(MAX_STEPS, max(WARM_STEPS, math.ceil(self.spec.budget.seconds / pace)))

    def _event(self, last: bool) -> Event | None:
        now = self.elapsed
        frame_due = self.step > self._framed and (last or now >= self._next_frame)
        evaluation_due = self._evaluation_due(last)
        if not (frame_due or evaluation_due or (self._pending and (last or now >= self._next_event))):
            return None
        values = {name: float(torch.stack(found).mean()) for name, found in self._pending.items()}
        self._pending.clear()
        self._next_event = now + max(EVENT_SECONDS, now / 3600)
        frame = None
        finite = all(map(math.isfinite, values.values()))
        if frame_due and finite:
            frame = self._frame()
            self._framed = self.step
            cost = self.elapsed - now
            self._next_frame = now + max(FRAME_SECONDS, FRAME_GROWTH * now, 8 * cost)
        if evaluation_due and finite:
            values |= self._evaluate()
        return Event(self.step, self.total, values, frame)

    def _refuse_nonfinite(self, event: Event) -> None:
        for name, value in event.values.items():
            if not math.isfinite(value) and name not in self._measured:
                raise RunError(
                    N_(
                        "At step {step} {name} was no longer a finite number: the training diverged. Try a lower learning rate."
                    ),
                    step=event.step,
                    name=name,
                )

    # -- what is shown

    def _samples(self, n: int, name: str) -> np.ndarray:
        """``n`` samples from the same latents every time, with every stream of the training left as it was."""
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            samples = self.model.sample(n, stream(self.spec.seed, name)).cpu()
            return (samples.float() if samples.is_floating_point() else samples).numpy()

    def _ask(self, verb: str, *args: Any) -> Any:
        """One of the model's optional verbs, None where it lacks it; every stream of the training stays as it was."""
        ask = getattr(self.model, verb, None)
        if ask is None:
            return None
        training = [module for module in self.model.modules() if module.training]
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                return ask(self.data, *args)
        finally:
            for module in training:
                module.training = True

    def _frame(self) -> np.ndarray | str:
        frame = self._ask("frame", stream(self.spec.seed, "frames"))
        if frame is None:
            n, columns = frame_layout(self.data)
            frame = self.dataset_spec.show(self._samples(n, "frames"), columns)
        return frame[:TEXT_FRAME] if isinstance(frame, str) else frame

    def _evaluation_due(self, last: bool) -> bool:
        if self.ended == "budget":
            return last
        nothing = self._metered and self._meter is None and not hasattr(self.model, "measures")
        if self.step < 2 or nothing:  # nothing delays the first frame
            return False
        passed = self._evaluations
        while passed < len(EVALUATE_AT) and self.progress() >= EVALUATE_AT[passed]:
            passed += 1
        if passed == self._evaluations:
            return False
        self._evaluations = passed
        return self._evaluation_seconds + self._last_evaluation <= EVALUATE_SHARE * self.elapsed

    def _evaluate(self) -> dict[str, float]:
        start = self._clock()
        if not self._metered:
            with torch.random.fork_rng(devices=[]):
                self._meter = self._meter_for(self.data, self.dataset_spec.key) if self._wants_meter() else None
                self.floors = {} if self._meter is None else dict(self._meter.floor())
            self.floors |= self._ask("references") or {}
            self._metered = True
        measuring = self._clock()
        self._measured = {}
        if self._meter is not None and getattr(self.model, "metered", True):
            samples = self._samples(min(EVALUATED, len(self.data.heldout)), "evaluation")
            with torch.random.fork_rng(devices=[]):
                self._measured |= self._meter.measure(samples)
        self._measured |= self._ask("measures", stream(self.spec.seed, "measures")) or {}
        self._last_evaluation = self._clock() - measuring
        self._evaluation_seconds += self._clock() - start
        return dict(self._measured)

    def _wants_meter(self) -> bool:
        return getattr(self.model, "metered", True) or self._report_samples() > 0

    def _report_samples(self) -> int:
        return getattr(self.model, "report_samples", SUMMARISED)

    def _report(self) -> Report:
        """The finding, with intervals over fresh samples; taken after the budget, so it costs the run no training time."""
        self._before, self._since = self.elapsed, None
        params: dict[str, Any] = {"steps": self.step, "seconds": round(self.elapsed, 1)}
        spent, steps = self._processor
        if spent and steps:  # what a step costs, however many others share the machine
            params["step_ms"] = round(1000 * spent / steps, 3)
        metrics: dict[str, Metric] = {}
        if self._meter is not None and self._report_samples():
            samples = self._samples(self._report_samples(), "report")
            with torch.random.fork_rng(devices=[]):
                params |= self._meter.about()
                metrics |= self._meter.summary(samples)
        metrics |= self._ask("final", stream(self.spec.seed, "final")) or {}
        return Report(TRAINED, params, metrics)

    # -- checkpoints

    def state(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Everything that a run needs to go on as if it had not stopped: tensors by name, and plain JSON."""
        tensors = {f"model/{k}": v for k, v in self.model.state_dict().items()}
        groups: dict[str, Any] = {}
        for name, optimizer in self.optimizers.items():
            state = optimizer.state_dict()
            plain: dict[str, dict[str, Any]] = {}
            for index, entry in state["state"].items():
                for key, value in entry.items():
                    if isinstance(value, torch.Tensor):
                        tensors[f"optim/{name}/{index}/{key}"] = value
                    else:
                        plain.setdefault(str(index), {})[key] = value
            rest = [{k: v for k, v in group.items() if k != "params"} for group in state["param_groups"]]
            groups[name] = {"state": plain, "groups": rest}
        tensors["rng/data"] = self.batches.rng.get_state()
        tensors["rng/model"] = self.model_rng.get_state()
        tensors["rng/global"] = torch.get_rng_state()
        tensors["data/order"] = self.batches.order
        meta = {
            "kind": "checkpoint",
            "step": self.step,
            "elapsed": self.elapsed,
            "schedule": self.schedule,
            "position": self.batches.position,
            "durations": self._durations,
            "processor": self._processor,
            "evaluations": [self._evaluations, self._evaluation_seconds, self._last_evaluation],
            "next": [self._next_event, self._next_frame, self._framed],
            "optimizers": groups,
        }
        return {k: v.detach().clone(memory_format=torch.contiguous_format) for k, v in tensors.items()}, meta

    def load_state(self, tensors: Mapping[str, torch.Tensor], meta: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`. RunError where the checkpoint does not belong to this model or is not complete."""
        try:
            self.model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model/")})
            for name, optimizer in self.optimizers.items():
                self._load_optimizer(name, optimizer, tensors, meta["optimizers"][name])
            self.batches.load(tensors["data/order"], int(meta["position"]))
            self.batches.rng.set_state(tensors["rng/data"])
            self.model_rng.set_state(tensors["rng/model"])
            torch.set_rng_state(tensors["rng/global"])
            self.step, self._before, self.schedule = int(meta["step"]), float(meta["elapsed"]), meta["schedule"]
            self._durations = list(meta["durations"])
            spent, steps = meta.get("processor", (0.0, 0))
            self._processor = [float(spent), int(steps)]
            self._evaluations, self._evaluation_seconds, self._last_evaluation = meta["evaluations"]
            self._next_event, self._next_frame, self._framed = meta["next"]
        except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, RuntimeError) as error:
            raise RunError(
                N_("The checkpoint of this run does not fit the model as it is now. Start a new run.")
            ) from error

    def start_from(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take another run's weights (``model/`` tensors, averages and buffers included) as the initial ones."""
        try:
            self.model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model/")})
        except RuntimeError as error:
            raise RunError(
                N_("These weights belong to a model of another shape. Choose the settings they were trained with.")
            ) from error

    def _load_optimizer(
        self, name: str, optimizer: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor], saved: Mapping[str, Any]
    ) -> None:
        current = optimizer.state_dict()
        parameters = list(itertools.chain.from_iterable(group["params"] for group in optimizer.param_groups))
        state: dict[int, dict[str, Any]] = {int(index): dict(entry) for index, entry in saved["state"].items()}
        for path, value in tensors.items():
            if path.startswith(f"optim/{name}/"):
                index, key = path.removeprefix(f"optim/{name}/").split("/", 1)
                parameter = parameters[int(index)]
                if value.dim():
                    if value.shape != parameter.shape:
                        raise ValueError(f"{path} is not of its parameter's shape")
                    # Fused updates walk memory: a moment must lie in memory as its parameter does.
                    value = torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
                state.setdefault(int(index), {})[key] = value
        groups = []
        for now, then in zip(current["param_groups"], saved["groups"], strict=True):
            if set(then) != set(now) - {"params"}:
                raise ValueError(f"the settings of optimiser {name} are others now")
            rest = {k: tuple(v) if isinstance(now.get(k), tuple) else v for k, v in then.items()}
            groups.append(rest | {"params": now["params"]})
        optimizer.load_state_dict({"state": state, "param_groups": groups})


def frame_layout(data: Data) -> tuple[int, int]:
    """How many samples a frame shows, and in how many columns: a column a class where there are few classes."""
    if data.info.modality == "points":
        return 1000, 1
    if data.info.modality == "tiles":
        return 6, 3
    if data.info.modality != "image":
        return 8, 1
    columns = len(data.info.classes) if 2 <= len(data.info.classes) <= 12 else 8
    return 8 * columns, columns
