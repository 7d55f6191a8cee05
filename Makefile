# make run | test | soak | lint | messages. Settings: PORT=8501, PYTHON=python3.12, TORCH_INDEX=https://…, WORKERS=3, TESTS="tests/runs -k kill"
PORT ?= 8501
WORKERS ?= 3
TESTS ?=
PY = .venv/bin/python
export TORCH_INDEX PYTHON

.PHONY: run test soak lint messages setup setup-dev clean
.DEFAULT_GOAL := run

run: setup
	$(PY) -m streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT) --browser.gatherUsageStats false --server.showEmailPrompt false

test: setup-dev lint
	$(PY) -m pytest -n $(WORKERS) -m "not soak" $(TESTS)

soak: setup-dev
	$(PY) -m benchmarks.soak

lint: setup-dev
	$(PY) -m ruff check

messages: setup-dev
	$(PY) -m genai_core.messages update
	$(PY) -m genai_core.messages check

setup:
	@sh .ci/setup run

setup-dev:
	@sh .ci/setup dev

clean:
	rm -rf .venv build test-results .pytest_cache .ruff_cache
