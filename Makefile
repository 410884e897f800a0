# The README's two commands are `make demo` and `make test`; each does all its set-up itself.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=

.DEFAULT_GOAL := aide
.PHONY: aide prepare demo test lint bench lock schemas clean

aide:
	@echo "make demo                    la chaîne entière sur des données fictives (DEMO_ARGS=--once pour finir seule)"
	@echo "make test                    tous les tests"
	@echo "make lint                    format, règles, types, contrats d'importation"
	@echo "make bench                   mesures, en rapports à un outil de référence"
	@echo "make lock                    refaire requirements.lock"

prepare:
	@$(PYTHON) .ci/preparer.py $(VENV)

demo: prepare
	@$(BIN)/vaguemestre demo $(DEMO_ARGS)

test: prepare
	@$(BIN)/python -m pytest $(TEST_ARGS)

lint: prepare
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy src tests
	@PYTHONPATH=src $(BIN)/lint-imports

bench: prepare
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

# The lock carries hashes and no index address.
lock: prepare
	@$(BIN)/python -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --all-extras --group dev --python-version 3.11 \
	  pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
