"""Optimisers do the same without the compiler, and without importing it."""

import json
import subprocess
import sys

import torch
from torch import nn

from genai_core.eager import forgo_compiler

KINDS = {
    "fused": (torch.optim.Adam, {"fused": True}),
    "adam": (torch.optim.Adam, {}),
    "decayed": (torch.optim.AdamW, {}),
    "plain": (torch.optim.SGD, {"momentum": 0.9}),
}


def steps(kind: type[torch.optim.Optimizer], **settings: object) -> list[float]:
    """Three steps, a saved state taken up again, three more: the weights."""
    torch.manual_seed(0)
    network = nn.Linear(4, 2)
    for _ in range(2):
        optimizer = kind(network.parameters(), lr=0.1, **settings)
        for _ in range(3):
            optimizer.zero_grad()
            network(torch.arange(8.0).view(2, 4)).square().sum().backward()
            optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
    return network.weight.flatten().tolist()


def every() -> dict[str, list[float]]:
    return {name: steps(kind, **settings) for name, (kind, settings) in KINDS.items()}


def test_steps_are_the_same_and_the_compiler_is_not_imported() -> None:
    found = []
    for prepare in ("forgo_compiler(); forgo_compiler()", "pass"):
        program = (
            "import json, sys\n"
            "from genai_core.eager import forgo_compiler\n"
            "from tests.test_eager import every\n"
            f"{prepare}\n"
            "print(json.dumps([every(), 'torch._dynamo' in sys.modules]))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    (without, imported), (plain, _) = found
    assert not imported
    assert without == plain


def test_a_differentiable_step_keeps_its_graph() -> None:
    forgo_compiler()
    weight = torch.ones(3, requires_grad=True)
    moved = weight.clone()
    optimizer = torch.optim.SGD([moved], lr=0.1, differentiable=True)
    moved.grad = 2 * weight
    optimizer.step()
    moved.sum().backward()
    assert weight.grad is not None
    assert torch.allclose(weight.grad, torch.full((3,), 0.8))
